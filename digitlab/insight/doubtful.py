"""Digits whose labels are doubtful: networks that were trained apart agree on another digit, and are sure.

After Northcutt, Athalye and Mueller (2021, https://arxiv.org/abs/2103.14749), who found such labels in MNIST's test
set with one network and asked people; here several networks take the people's place, and the page shows the digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitlab.insight.answers import Answers

FEWEST = 3  # networks
_AGREE = 0.75  # of the networks give the same other digit
_SURE = 0.75  # is the mean probability of that digit


@dataclass(frozen=True)
class Doubt:
    """A digit whose label is doubtful.

    Attributes:
        number: of the digit in its part.
        label: which the data set gives.
        answer: which the networks give.
        agree: how many networks give this answer.
        networks: how many were asked.
        answer_share, label_share: mean probability over all networks, 0..1.
    """

    number: int
    label: int
    answer: int
    agree: int
    networks: int
    answer_share: float
    label_share: float


def doubts(answers: Sequence[Answers]) -> list[Doubt]:
    """What several networks doubt, the most certain first; nothing where there are fewer networks than FEWEST.

    Args:
        answers: one for each network, all to the same digits.
    """
    if len(answers) < FEWEST:
        return []
    labels, first = answers[0].labels, answers[0].first
    mean = np.mean([one.probabilities for one in answers], axis=0)
    answer = mean.argmax(axis=1)
    agree = np.sum([one.digits == answer for one in answers], axis=0)
    share = mean[np.arange(len(labels)), answer]
    found = np.flatnonzero((answer != labels) & (agree >= _AGREE * len(answers)) & (share >= _SURE))
    return [
        Doubt(
            number=int(place) + first,
            label=int(labels[place]),
            answer=int(answer[place]),
            agree=int(agree[place]),
            networks=len(answers),
            answer_share=float(share[place]),
            label_share=float(mean[place, labels[place]]),
        )
        for place in found[np.argsort(-share[found], kind="stable")]
    ]
