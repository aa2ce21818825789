"""The Train page without a browser: watching runs and telling them what to do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from digitlab import home
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.sent import Sent
from digitlab.drawing.strokes import Drawing
from digitlab.jobs import orders
from digitlab.runs import following
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.store.records import Job, PinReading, SavedCheckpoint, Taken
from digitlab.store.rights import OPERATOR
from digitlab.training import recipes
from digitlab.training.events import Epoch, Step
from digitlab.ui.shared import visitor
from digitlab.ui.train.ending import as_expected
from digitlab.words import Message

SHELL = str(home.ROOT / "digitlab/ui/shell.py")
RECIPE = recipes.find("two-conv-64-dropout")


@pytest.fixture
def store() -> Store:
    return opened_store()


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(SHELL, default_timeout=60)
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(home.ROOT / "pages/train.py"))
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def new_run(store: Store, *, claimed: bool = False) -> Job:
    return orders.submit(OPERATOR, store, RECIPE.config, recipe=RECIPE.name, threads=1, claimed=claimed)


def running(store: Store) -> Job:
    """A run that has logged an epoch, as its worker would write it."""
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    rows = [Step(10 * k, 1, 2 / k, 1 - 1 / k, 1e-3, 5000.0, float(k)) for k in range(1, 86)]
    store.runs.exchange(job, [*rows, Epoch(1, 844, 0.4, 0.88, 0.06, 0.981, 12.0)], 850, RECIPE.config.total_steps)
    return job


def texts(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.warning, *app.error))


@pytest.mark.parametrize("wanted", ["99", "x", "-1", "²", "1" * 30])
def test_run_that_does_not_exist_gives_a_sentence_and_the_form(wanted: str) -> None:
    app = open_page(run=wanted)
    assert len(app.error) == 1
    assert "run" in app.error[0].value.lower()
    assert app.title[0].value
    assert "run" not in app.query_params


def test_deleted_run_gives_a_sentence(store: Store) -> None:
    job = new_run(store)
    store.runs.delete(OPERATOR, job.id)
    assert f"no run number {job.id}" in open_page(run=str(job.id)).error[0].value


def test_queued_run_says_its_place_and_can_be_cancelled(store: Store) -> None:
    first, second = new_run(store), new_run(store)
    app = open_page(run=str(second.id))
    assert "0 running, 1 ahead of this run" in texts(app)
    app.button(key="tell_cancel").click().run()
    assert not app.exception
    assert store.jobs.get(second.id).state == "stopped"
    assert store.jobs.get(first.id).state == "queued"


def test_running_run_shows_curves_progress_and_commands(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    assert "step **850** of 4,220 · epoch **2** of 5 · **5,000** digits/s · about **43 s** left" in texts(app)
    assert len(app.get("vega_lite_chart")) == 3
    app.button(key="tell_pause").click().run()
    assert store.jobs.get(job.id).state == "pausing"
    assert "Pause: sent, not applied yet" in texts(app)
    app.button(key="tell_resume").click().run()
    assert store.jobs.get(job.id).state == "running"
    app.button(key="tell_stop").click().run()
    assert store.jobs.get(job.id).state == "stopping"


def test_log_is_a_table_in_keras_form_that_can_be_copied(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.session_state["training_log"] = True
    app.run()
    assert not app.exception
    assert r"| epoch | loss | accuracy | val\_loss | val\_accuracy | seconds | rate |" in texts(app)
    assert "| 1 | 0.4000 | 0.8800 | 0.0600 | 0.9810 | 12.0 | 0.001 |" in texts(app)
    assert "1\t0.4000\t0.8800\t0.0600\t0.9810\t12.0\t0.001" in next(code.value for code in app.code).splitlines()


def test_page_says_why_the_losses_cannot_be_compared(store: Store) -> None:
    assert "Dropout switches units off during training" in texts(open_page(run=str(running(store).id)))


def test_layers_show_weights_gradients_and_where_nothing_is_learned(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    sizes = {"conv_1": [3.0, 0.0], "dense_1": [5.0, 0.5]}
    store.runs.exchange(
        job, [Step(10 * k, 1, 2 / k, 0.5, 1e-3, 5000.0, float(k), sizes) for k in range(1, 9)], 80, None
    )
    app = open_page(run=str(job.id))
    assert len(app.get("vega_lite_chart")) == 3, "folded"
    app.session_state["by_layer"] = True
    app.run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 5
    assert "no gradient reaches `conv_1`" in texts(app)


def test_networks_that_are_trained_for_the_test_alone_have_progress_and_a_time(store: Store) -> None:
    job = running(store)
    own = RECIPE.config.total_steps
    store.runs.exchange(job, [], 2 * own, 6 * own)
    shown = texts(open_page(run=str(job.id)))
    assert "Networks without some of the drawings are trained for the test: 20%, about **3 min 36 s** left" in shown
    assert "running, 33%" in shown, "and the queue says so"


def test_changed_rate_is_sent_and_shown_as_taken(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.number_input(key=f"rate_{job.id}").set_value(0.0004)
    app.button(key="tell_rate").click().run()
    (sent,) = store.jobs.commands(job.id)
    assert (sent.kind, sent.value) == ("set-rate", 0.0004)
    store.runs.exchange(job, [Taken(sent.id, 860)], 860, None)
    following.look_again(job.id)  # what was read is good for a moment
    app = open_page(run=str(job.id))
    assert "Learning rate 0.0004: applied at step 860" in texts(app)
    assert app.number_input(key=f"rate_{job.id}").value == 0.0004


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0])
def test_rate_out_of_range_is_refused_with_the_range(store: Store, rate: float) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.number_input(key=f"rate_{job.id}").set_value(rate)
    app.button(key="tell_rate").click().run()
    assert not app.exception
    assert "Learning rate must be a number from 1e-07 to 10" in app.error[0].value
    assert store.jobs.commands(job.id) == []


def test_stopped_run_can_be_given_more_epochs(store: Store) -> None:
    job = running(store)
    store.jobs.end(job, "stopped")
    app = open_page(run=str(job.id))
    assert "while it learns" not in texts(app)
    app.number_input(key=f"epochs_{job.id}").set_value(1)
    app.button(key="tell_epochs").click().run()
    assert "in total is not more than" in app.error[0].value
    app.number_input(key=f"epochs_{job.id}").set_value(7)
    app.button(key="tell_epochs").click().run()
    assert not app.error
    assert store.jobs.get(job.id).state == "queued"
    assert store.runs.get(job.id).spec.config.epochs == 7


def test_interrupted_run_says_why_and_can_go_on(store: Store) -> None:
    job = running(store)
    store.jobs.leave(job, Message("The process was asked to end."))
    again = store.jobs.claim_this(job.id)
    assert again is not None
    store.jobs.leave(again, Message("The process was asked to end."))
    app = open_page(run=str(job.id))
    assert "The process was asked to end. Press “Resume” to continue." in texts(app)
    app.button(key="tell_resume").click().run()
    assert store.jobs.get(job.id).state == "queued"


def test_queue_lists_what_runs_and_waits_with_places(store: Store) -> None:
    at_work, waiting = running(store), new_run(store)
    shown = texts(open_page())
    assert "running, 20%" in shown
    assert "queued, place 1" in shown
    links = [link.proto.label for link in open_page().get("page_link")]
    assert {f"Run {at_work.id} · two-conv-64-dropout", f"Run {waiting.id} · two-conv-64-dropout"} <= set(links)


# --- starting a run ---


def choose(app: AppTest, part: str) -> AppTest:
    """Open a part of the form."""
    app.session_state[f"part_{part}"] = True
    app.run()
    assert not app.exception
    return app


def test_page_opens_with_a_recipe_and_start_and_watches_the_run(store: Store) -> None:
    app = open_page()
    app.button(key="choose_two-conv-128").click().run()
    assert "**two-conv-128**: 10 epochs" in texts(app)
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = store.runs.all()
    assert (run.state, run.recipe, run.name) == ("queued", "two-conv-128", "two-conv-128")
    assert run.spec.config == recipes.find("two-conv-128").config
    assert app.query_params["run"] == str(run.id)
    assert "recipe" not in app.query_params
    assert app.title[0].value.startswith(f"Run {run.id}")


def test_settings_are_kept_by_page_and_address_and_reach_the_run(store: Store) -> None:
    app = choose(open_page(), "tune")
    app.number_input(key="set_epochs").set_value(2)
    app.selectbox(key="set_optimizer").select("sgd").run()
    app.number_input(key="set_momentum").set_value(0.8).run()
    assert (app.query_params["epochs"], app.query_params["optimizer"], app.query_params["momentum"]) == (
        "2",
        "sgd",
        "0.8",
    )
    app.switch_page(str(home.ROOT / "pages/samples.py")).run()
    app.switch_page(str(home.ROOT / "pages/train.py")).run()
    assert "Changed: Epochs, Optimizer, Momentum" in texts(app)
    app.button(key="start").click().run()
    config = store.runs.all()[0].spec.config
    assert (config.epochs, config.optimizer, config.momentum) == (2, "sgd", 0.8)


def test_rejected_value_names_field_value_and_range_beside_it() -> None:
    app = choose(open_page(), "tune")
    app.number_input(key="set_epochs").set_value(0).run()
    said = "Epochs must be a whole number from 1 to 1,000, not “0”."
    assert said in [error.value for error in app.error]
    assert app.button(key="start").disabled
    assert app.number_input(key="set_epochs").value == 0, "what was typed stays to be put right"
    app.number_input(key="set_epochs").set_value(3).run()
    assert not app.error
    assert not app.button(key="start").disabled


def test_address_with_a_wrong_value_gives_a_sentence_and_the_form() -> None:
    app = open_page(recipe="no-such", epochs="many")
    assert any("no-such" in warning.value for warning in app.warning)
    assert any("Epochs must be a whole number from 1 to 1,000, not “many”." in said.value for said in app.warning)
    assert not app.button(key="start").disabled


def test_address_fills_the_form() -> None:
    app = choose(open_page(recipe="pen", epochs="3", layers="c8k3m2.f16.logits", vary="rotation:10"), "tune")
    assert app.number_input(key="set_epochs").value == 3
    assert "**Own network**: 3 epochs" in texts(app)
    choose(app, "construction")
    assert app.number_input(key="block_convolutions_0_filters").value == 8
    choose(app, "auto_fix_high")
    assert app.slider(key="vary_rotation").value == 10


def test_builder_shows_shapes_and_costs_and_says_what_is_impossible(store: Store) -> None:
    app = choose(open_page(), "construction")
    app.button(key="build_this").click().run()
    assert "| Convolution | 26×26×32 | 320 | 194,688 |" in texts(app)
    app.number_input(key="block_convolutions_0_kernel").set_value(5).run()
    assert "| Convolution | 24×24×32 | 832 | 460,800 |" in texts(app)
    app.number_input(key="block_convolutions_0_kernel").set_value(28).run()
    said = "Convolution block 1: the 2×2 pooling window is larger than its 1×1 input."
    (at_field,) = app.container(key="conv_block_0").error
    assert at_field.value.startswith(said)
    assert not app.container(key="conv_block_1").error
    built = app.container(key="built").markdown[0].value
    assert "| Convolution | 1×1×32 |" in built, "the layers before it stay"
    assert "Convolution block 1" in built
    assert app.button(key="start").disabled
    app.button(key="up_convolutions_1").click().run()
    assert app.number_input(key="block_convolutions_0_filters").value == 64
    assert app.number_input(key="block_convolutions_1_kernel").value == 28
    app.button(key="copy_convolutions_0").click().run()
    assert app.number_input(key="block_convolutions_1_filters").value == 64
    app.button(key="remove_convolutions_2").click().run()
    app.button(key="add_dense").click().run()
    assert not app.error
    app.button(key="start").click().run()
    run = store.runs.all()[0]
    assert run.recipe == "own"
    assert [layer.kind for layer in run.spec.config.network.layers].count("dense") == 3


def test_every_field_of_the_builder_has_a_help_text(store: Store) -> None:
    app = choose(open_page(layers="c8k3m2.f16.logits"), "construction")
    fields = [*app.number_input, *app.selectbox, *app.toggle]
    assert [field.label for field in fields if field.key.startswith("block_") and not field.help] == []


def test_a_residual_block_is_built_and_asks_for_padding_at_its_field(store: Store) -> None:
    app = choose(open_page(layers="c8k3m2.f16.softmax"), "construction")
    app.toggle(key="block_convolutions_0_residual").set_value(True).run()
    (at_field,) = app.container(key="conv_block_0").error
    assert "a residual connection needs padding" in at_field.value
    app.selectbox(key="block_convolutions_0_padding").select("same").run()
    assert app.query_params["layers"] == "c8k3prm2.f16.softmax"
    app.button(key="start").click().run()
    assert "add" in [layer.kind for layer in store.runs.all()[0].spec.config.network.layers]


def test_another_recipe_asks_before_changed_settings_go_and_can_keep_them(store: Store) -> None:
    app = choose(open_page(), "tune")
    assert app.container(key="card_chosen_two-conv-64-dropout").markdown[0].value == "**two-conv-64-dropout**"
    assert "基于Python的图像分类实战" in app.container(key="card_chosen_two-conv-64-dropout").caption[0].value
    app.number_input(key="set_epochs").set_value(2).run()
    app.button(key="choose_two-conv-128").click().run()
    assert app.query_params["recipe"] == "two-conv-64-dropout", "nothing is lost yet"
    assert "You have changed: Epochs." in texts(app)
    app.button(key="stay").click().run()
    assert "You have changed" not in texts(app)
    app.button(key="choose_two-conv-128").click().run()
    app.button(key="keep_changes").click().run()
    assert (app.query_params["recipe"], app.query_params["epochs"]) == ("two-conv-128", "2")
    app.button(key="choose_fast").click().run()
    app.button(key="drop_changes").click().run()
    assert app.query_params["recipe"] == "fast"
    assert "epochs" not in app.query_params


def test_augmentation_has_a_preview_and_reaches_the_run(store: Store) -> None:
    app = choose(open_page(), "auto_fix_high")
    preview = app.container(key="preview")
    original, *plain = [image.proto for image in preview.get("image")]
    assert len({str(image) for image in plain}) == 1, "nothing varies yet"
    app.button(key="vary_strong").click().run()
    first, *strong = [image.proto for image in app.container(key="preview").get("image")]
    assert first == original, "the digits themselves stay beside their variations"
    assert len({str(image) for image in strong}) == len(strong) == 3
    app.slider(key="vary_noise").set_value(0.1).run()
    shown = [image.proto for image in app.container(key="preview").get("image")]
    assert "Only this slider: " in texts(app)
    assert len(shown) == 5
    assert shown[1] not in (original, *strong), "what the moved slider does by itself"
    app.button(key="start").click().run()
    augmentation = store.runs.all()[0].spec.config.augmentation
    assert augmentation is not None
    assert (augmentation.noise, augmentation.rotation) == (0.1, 15)


def test_run_can_begin_with_another_runs_first_weights_or_a_models(store: Store) -> None:
    first = new_run(store)
    app = choose(open_page(), "start")
    app.radio(key="begin").set_value("same").run()
    assert app.query_params["weights_seed"] == "0"
    assert app.selectbox(key="begin_run").value == first.id
    app.radio(key="begin").set_value("trained").run()
    assert "weights_seed" not in app.query_params
    app.multiselect(key="begin_frozen").select("conv_1").run()
    app.button(key="start").click().run()
    assert not app.exception
    config = store.runs.all()[0].spec.config
    assert len(config.start_model) >= 12
    assert config.frozen == ("conv_1",)


def test_form_can_be_filled_from_a_run(store: Store) -> None:
    run = new_run(store)
    app = open_page(like=str(run.id))
    assert f"settings are those of run {run.id}" in texts(app)
    app.button(key="start").click().run()
    assert store.runs.all()[0].spec.config == store.runs.get(run.id).spec.config


# --- pinned pictures and forks ---


ANNA, BEN = "a" * 64, "b" * 64  # browsers


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Says whose the page is; at first Anna's."""

    def use(who: str | None) -> None:
        monkeypatch.setattr(visitor, "browser", lambda: who)

    use(ANNA)
    return use


@pytest.mark.usefixtures("browser")
def test_a_run_follows_nobodys_drawing_unasked(store: Store, seven: Drawing) -> None:
    app = open_page()
    assert not [toggle for toggle in app.toggle if toggle.key == "follow_drawing"], "there is none on the pad"
    app.session_state["held"] = Sent(1, True, seven, None, "")
    app.run()
    assert app.toggle(key="follow_drawing").value is False
    app.button(key="start").click().run()
    assert not app.exception
    assert store.pins.of(store.runs.all()[0].id) == []


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("shared", [False, True])
def test_a_run_follows_the_drawing_where_its_visitor_asks_for_it(store: Store, seven: Drawing, shared: bool) -> None:
    app = open_page()
    app.session_state["held"] = Sent(1, True, seven, None, "")
    app.run()
    app.toggle(key="follow_drawing").set_value(True).run()
    assert app.checkbox(key="follow_shared").value is False
    app.checkbox(key="follow_shared").set_value(shared).run()
    app.button(key="start").click().run()
    assert not app.exception
    (pin,) = store.pins.of(store.runs.all()[0].id)
    assert (str(pin.label), pin.owner, pin.shared) == ("drawing", ANNA, shared)
    assert (pin.image == prepare(seven)).all()


def test_a_browser_without_cookies_pins_nothing(
    store: Store, seven: Drawing, browser: Callable[[str | None], None]
) -> None:
    browser(None)
    app = open_page()
    app.session_state["held"] = Sent(1, True, seven, None, "")
    app.run()
    assert not [toggle for toggle in app.toggle if toggle.key == "follow_drawing"]
    app = open_page(run=str(running(store).id))
    assert "keeps no cookies" in texts(app)
    assert not [button for button in app.button if button.key == "pin_digit"]


def test_another_visitors_picture_is_there_once_it_is_shared(
    store: Store, browser: Callable[[str | None], None]
) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.button(key="pin_digit").click().run()
    (pin,) = store.pins.of(job.id)
    browser(BEN)
    assert "test digit 0" not in texts(open_page(run=str(job.id)))
    assert "Pin a picture" in texts(open_page(run=str(job.id)))
    browser(ANNA)
    app = open_page(run=str(job.id))
    app.checkbox(key=f"share_pin_{pin.id}_False").set_value(True).run()
    assert not app.exception
    assert [one.shared for one in store.pins.of(job.id)] == [True]
    browser(BEN)
    app = open_page(run=str(job.id))
    assert "Another visitor pinned and shares this picture" in texts(app)
    assert not [button for button in app.button if button.key == "unpin"]


@pytest.mark.usefixtures("browser")
def test_pinned_digit_shows_its_heat_map_and_can_be_unpinned(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.number_input(key="pin_number").set_value(3)
    app.button(key="pin_digit").click().run()
    (pin,) = store.pins.of(job.id)
    assert "The map begins with the next steps" in texts(app)
    shares = [0.9, 0.1, *[0.0] * 8]
    store.runs.exchange(job, [PinReading(pin.id, step, 1, shares) for step in (100, 200)], 850, None)
    app = open_page(run=str(job.id))
    assert "After step 200: **0**, confidence 90.0" in texts(app)
    assert len(app.get("vega_lite_chart")) == 4
    app.button(key="unpin").click().run()
    assert store.pins.of(job.id) == []


def test_fork_offers_the_checkpoints_and_fills_the_form(store: Store) -> None:
    job = running(store)
    saved = SavedCheckpoint(844, 1, "checkpoint-0000844.npz", "0" * 64, 100)
    store.runs.exchange(job, [saved], 850, None)
    app = open_page(run=str(job.id))
    assert app.selectbox(key=f"fork_{job.id}").options == ["step 844, end of epoch 1"]
    form = open_page(like=str(job.id), at="844")
    assert f"branches off from run {job.id}, two-conv-64-dropout, after step 844" in texts(form)
    form.button(key="start").click().run()
    assert not form.exception
    assert "missing" in form.error[0].value, "the file of this checkpoint was never written"
    assert form.button(key="start")


def test_hint_names_what_the_curves_show_and_changes_the_next_run(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    rows = [Step(10 * k, 1, 0.3 + k / 20, 0.9, 1e-3, 5000.0, float(k)) for k in range(1, 86)]
    store.runs.exchange(job, rows, 850, None)
    app = open_page(run=str(job.id))
    hint = app.container(key="hint_divergence")
    assert hint.get("popover")[0].proto.popover.label == "Divergence"
    assert "a learning rate of 0.0001 instead of 0.001" in texts(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    query = links["New run with this change"]
    assert f"like={job.id}" in query
    assert "learning_rate=0.0001" in query


def test_end_says_how_far_off_the_expected_time_was(store: Store) -> None:
    run = replace(store.runs.get(running(store).id), expected_epoch_seconds=10.0)
    assert as_expected(run, store.runs.epochs(run.id)) == "An epoch took 12.0 s, 20% longer than the expected 10.0 s."
    assert as_expected(replace(run, expected_epoch_seconds=None), store.runs.epochs(run.id)) is None
    far_off = as_expected(replace(run, expected_epoch_seconds=0.6), store.runs.epochs(run.id))
    assert far_off == "An epoch took 12.0 s; 0.6 s were expected. The next estimate uses this run.", "not 1900 % longer"
