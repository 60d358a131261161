"""The pages in a real browser, as a person sees and uses them."""
