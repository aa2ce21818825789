"""Picture files with digits in them, or with one."""

from digitlab.drawing.photo import Found, Photo, digits, read_photo
from digitlab.drawing.picture import Picture
from digitlab.errors import InputError
from digitlab.words import message


def read_digits(data: bytes, name: str = "") -> tuple[Photo, list[Found]]:
    """Read a picture file and what may be digits in it, in reading order; there is at least one.

    Args:
        data: the file's bytes: PNG, JPEG, WebP, GIF, BMP, HEIC or AVIF, at most 20 MB and 50 megapixels.
        name: what to call it in messages.

    Raises:
        InputError: the file is empty, broken, too large or of another kind, or shows nothing but background.
    """
    photo = read_photo(data, name)
    found = digits(photo)
    if not found:
        raise InputError(
            message(
                "Nothing in {file} stands out from its background; choose a picture of digits.",
                file=name or message("this picture"),
            )
        )
    return photo, found


def read_picture(data: bytes, name: str = "") -> Picture:
    """Read a picture file that shows one digit; of several, the one with the most room.

    Raises:
        InputError: as for read_digits.
    """

    def room(one: Found) -> int:
        left, top, right, bottom = one.box
        return (right - left) * (bottom - top)

    return max(read_digits(data, name)[1], key=room).ink
