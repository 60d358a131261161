"""What is said about people in words of each sensitive kind, by language: data, and nothing that runs."""
