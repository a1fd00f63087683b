"""The boundary: bytes, pins and time. Nothing above knows which board is below."""
