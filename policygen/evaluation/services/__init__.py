"""Rules of single services: KMS, S3, STS. Each is asked by the general algorithm; none decides alone."""
