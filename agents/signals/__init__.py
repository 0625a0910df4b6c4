"""`firstreply signals`: follows the compacted topics and keeps every queue's routing signal in Redis."""
