"""From the topic `alerts` to people: Alertmanager and signed webhooks, by a process of its own."""
