"""Where the 28×28 comes from: the pad, one of MNIST's digits or a picture in its place; and the link to it."""

import secrets

import streamlit as st

from digitlab.data.mnist import SIZES
from digitlab.drawing.links import pack, unpack
from digitlab.drawing.picture import Picture
from digitlab.drawing.picture_file import read_picture
from digitlab.drawing.strokes import EMPTY, Drawing
from digitlab.errors import InputError
from digitlab.networks.zoo import Model
from digitlab.ui import montage, pad
from digitlab.ui.link import copy_link
from digitlab.ui.shown import Sample, Shown, sample

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp"]

_IN_PLACE = "in_place"  # session: the Sample or Picture that stands in the pad's place, or None
_PROBLEM = "picture_problem"  # session: why the last picture could not be used
_UPLOADS = "uploads"  # session: how many there were; a new number empties the uploader
_LINK_READ = "link_read"  # session: the drawing that the link brought, as text


def shown() -> Shown:
    """What the network is shown now."""
    in_place: Sample | Picture | None = st.session_state.get(_IN_PLACE)
    return pad.drawing() if in_place is None else in_place


def show_sample(digit: Sample) -> None:
    """Put one of MNIST's digits in the pad's place."""
    st.session_state[_IN_PLACE] = digit


def open_link() -> None:
    """On a session's first run, take over what the address brings: `?drawing=` or `?digit=`.

    Raises:
        InputError: the link is damaged.
    """
    state = st.session_state
    if _LINK_READ in state:
        return
    state[_LINK_READ] = packed = st.query_params.get("drawing", "")
    named = st.query_params.get("digit")
    if packed:
        pad.put(unpack(packed))
    elif named is not None:
        show_sample(sample(named))


def keep_address() -> None:
    """Have the address say what is shown: the digit, and no drawing that has since been changed."""
    now = shown()
    address = st.query_params
    if isinstance(now, Sample):
        address["digit"] = now.address
    elif "digit" in address:
        del address["digit"]
    if "drawing" in address and not (isinstance(now, Drawing) and _same(now, address["drawing"])):
        del address["drawing"]


def offer_link(model: Model) -> None:
    """The button that copies a link which shows another person the same thing, read with the same weights.

    There is none for an empty pad and for a picture: neither can be put in a link.
    """
    now = shown()
    if isinstance(now, Sample):
        copy_link({"model": model.hash, "digit": now.address})
    elif isinstance(now, Drawing) and now:
        try:
            copy_link({"model": model.hash, "drawing": pack(now)})
        except InputError as error:
            st.caption(str(error))


def show_input() -> None:
    """The pad, or what stands in its place.

    Raises:
        InputError: what is on the pad cannot be read.
    """
    now = shown()
    if isinstance(now, Drawing):
        try:
            pad.canvas()
        finally:
            with st.container(horizontal=True, gap="small", key="pad_tools"):
                pad.undo_and_clear()
                pad.brush()
            _what_lies_beneath()
        return
    pad.leave()
    if isinstance(now, Sample):
        st.image(montage.enlarged(now.image, 10), width=280, alt=f"{now.title}, a {now.label}")
        st.caption(f"{now.title}. Its label says {now.label}.")
    else:
        st.image(montage.enlarged(now.ink, 1), width=280, alt=f"The ink found in the picture {now.name}")
        st.caption(f"The ink that was found in {now.name}.")
    st.button("Back to the pad", icon=":material/draw:", on_click=back_to_the_pad, key="back")


def draw_over(digit: Sample) -> None:
    """Empty the pad and lay the digit beneath it, faint, to be drawn over."""
    back_to_the_pad()
    pad.put(EMPTY)
    pad.lay_beneath(digit)


def _what_lies_beneath() -> None:
    digit = pad.beneath()
    if digit is None:
        return
    st.caption(
        f"Faint under the pen: {digit.title.lower()}, a {digit.label}. Draw over it; "
        "the network sees your strokes only."
    )
    st.button("Take it away", icon=":material/layers_clear:", on_click=pad.lay_beneath, args=(None,), key="bare")


def other_inputs() -> None:
    """The two other ways to give the network something to read."""
    st.button(
        "Surprise me",
        icon=":material/casino:",
        on_click=_surprise,
        key="surprise",
        help="Put one of MNIST's 10,000 test digits in the pad's place.",
    )
    with st.popover("Upload", icon=":material/upload:", help="Read a digit from a picture file."):
        st.file_uploader(
            "A picture of one digit: PNG, JPEG or WebP, at most 2 MB and 4,096 pixels a side",
            type=PICTURE_TYPES,
            key=_uploader(),
            on_change=_upload,
        )
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem, icon=":material/info:")


def _uploader() -> str:
    return f"upload_{st.session_state.setdefault(_UPLOADS, 0)}"


def _surprise() -> None:
    show_sample(Sample(secrets.randbelow(SIZES["test"])))
    st.session_state[_PROBLEM] = None


def back_to_the_pad() -> None:
    """Take away what stands in the pad's place."""
    st.session_state[_IN_PLACE] = None


def _upload() -> None:
    state = st.session_state
    file = state.get(_uploader())
    if file is None:
        return
    state[_PROBLEM] = None
    try:
        state[_IN_PLACE] = read_picture(file.getvalue(), file.name)
    except InputError as error:
        state[_PROBLEM] = str(error)
    state[_UPLOADS] += 1


def _same(drawing: Drawing, packed: str) -> bool:
    try:
        return pack(drawing) == packed
    except InputError:
        return False
