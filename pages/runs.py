"""What each network reached, beside what its article prints, and how it got there."""

import streamlit as st

from digitlab.networks import zoo
from digitlab.ui.charts import epoch_curves
from digitlab.ui.models import choose_model

st.title("What the networks reached")
models = zoo.models()
with st.container(key="table"):
    rows = [
        "| Network | Test accuracy | Its article says | Parameters | Multiply-adds | Trained in |",
        "|:--|--:|--:|--:|--:|--:|",
    ]
    for model in models:
        published = next(
            (f"{value:.2f}%" for name, value in model.card.get("published", {}).items() if name.startswith("test")), "–"
        )
        minutes = float(model.card.get("seconds", 0)) / 60
        rows.append(
            f"| `{model.name}` | **{model.test_accuracy:.2%}** | {published} "
            f"| {model.parameters:,} | {model.card['multiply_adds']:,} | {minutes:.1f} min |"
        )
    st.markdown("\n".join(rows))
    st.caption("Measured on MNIST's 10,000 test digits by the program that trained the network.")

st.header("Epoch by epoch")
with st.container(width=440):
    model = choose_model()
card = model.card
epochs = card.get("epochs", [])
if epochs:
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(epoch_curves(epochs, "loss", "loss"), key="loss", alt=f"Loss of {model.name} by epoch")
    with right:
        st.plotly_chart(
            epoch_curves(epochs, "accuracy", "accuracy"), key="accuracy", alt=f"Accuracy of {model.name} by epoch"
        )
else:
    st.caption("This network's card holds no epochs.")
st.markdown(
    f"Trained with `{card.get('command', '')}` on {card.get('device', 'an unknown device')}; weights `{model.hash}`."
)
for quirk in card.get("quirks", []):
    st.caption(quirk)
