"""What every section of the settings is made of."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Locale = Literal["en", "ko"]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""A line that goes into headers and tables: no control characters."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
"""A name that becomes a metric label or is typed in a command."""
GroupName = Annotated[
    str,
    Field(pattern=r"^[\p{L}\p{N}]([\p{L}\p{M}\p{N}_. -]{0,38}[\p{L}\p{M}\p{N}_.-])?$"),
    AfterValidator(lambda name: unicodedata.normalize("NFC", name)),
]
"""A name of people, in any script, as it is typed in a command."""
LOCALPART_LIMIT = 30
"""`+t` and a token of 32 characters must fit behind it: RFC 5321 §4.5.3.1.1 allows 64 octets."""


class Section(BaseModel):
    """Frozen; an unknown key or a value of the wrong type is an error, never guessed at."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
