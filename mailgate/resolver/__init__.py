"""The DNS, as far as mail needs it to say whom it is from: asked with patience that has an end."""
