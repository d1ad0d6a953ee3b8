"""What the fuzzer found, each by name, with the smallest input that showed it."""

from mailgate.mail.clean import clean_filename


def test_a_name_that_is_cut_at_a_dot_does_not_end_in_it() -> None:
    """Windows drops the dot when it saves the file, and a second reading made another name."""
    name = clean_filename("a" * 149 + "." + "b" * 40)
    assert name == "a" * 149
    assert clean_filename(name) == name
