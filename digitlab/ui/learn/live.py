"""What each kind of live part is shown by."""

from collections.abc import Callable

from digitlab.lessons.lesson import Lesson, Live, Step
from digitlab.ui.learn import answers, digits, ending, network, play, training, twice

SHOWN: dict[Live, Callable[[Lesson, Step], None]] = {
    Live.SHAPES: digits.show_shapes,
    Live.FIRST_DIGITS: digits.show_first_digits,
    Live.SHEET: digits.show_sheet,
    Live.RANGE: digits.show_range,
    Live.LABEL: digits.show_label,
    Live.SPLIT: digits.show_split,
    Live.DEVICE: network.show_device,
    Live.VECTOR: digits.show_vector,
    Live.LAYER: network.show_layer,
    Live.SUMMARY: network.show_summary,
    Live.SUMS: network.show_sums,
    Live.WEIGHTS: play.show_weights,
    Live.DROPOUT: play.show_dropout,
    Live.FILTER: play.show_filter,
    Live.TRAIN: training.show_train,
    Live.LOG: training.show_log,
    Live.STEPS: training.show_steps,
    Live.CURVES: training.show_curves,
    Live.ACCURACY: training.show_accuracy,
    Live.EVALUATE: training.show_evaluate,
    Live.PREDICTIONS: answers.show_predictions,
    Live.RANDOM: answers.show_random,
    Live.LOGITS: answers.show_logits,
    Live.CROSS_ENTROPY: answers.show_cross_entropy,
    Live.TWICE: twice.show_twice,
    Live.TIPS: ending.show_tips,
    Live.QUESTIONS: ending.show_questions,
}
