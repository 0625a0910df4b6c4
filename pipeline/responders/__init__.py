"""The people who answer: presence, rota, load, and what they are thanked for."""
