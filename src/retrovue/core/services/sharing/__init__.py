"""What other programs on this computer or in the home network are told, and the key that lets them ask.

Nothing here listens: `retrovue.api` does, and asks these services. Everything is read as of now.
"""
