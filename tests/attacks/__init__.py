"""What people are made to paste: texts that want to be remembered, believed or obeyed, written for these tests."""
