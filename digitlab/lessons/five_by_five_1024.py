"""The lesson on five-by-five-1024: large kernels, chosen first weights, and steps in place of epochs."""

from digitlab.lessons.lesson import Lesson, Live, Question, Step, changes, piece
from digitlab.lessons.shared import PRINT_TEST, QUESTIONS
from digitlab.words import message

LESSON = Lesson(
    recipe="five-by-five-1024",
    title=message("Large kernels, many steps"),
    about=message("First weights, cross-entropy by hand, and a training that counts steps."),
    steps=(
        Step(
            key="data",
            title=message("55,000 digits"),
            text=message(
                "The article's loader sets the first 5,000 of the 60,000 training digits aside, so 55,000 are left to "
                "learn from. The 5,000 can say after each epoch how well new digits are read."
            ),
            code=piece(
                """
                import keras
                import matplotlib.pyplot as plt
                import numpy as np

                STEPS, DIGITS = 20_000, 55_000  # smaller numbers make a quick try
                keras.utils.set_random_seed(0)

                (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
                x_train = x_train[..., None].astype("float32") / 255
                x_test = x_test[..., None].astype("float32") / 255
                y_train = keras.utils.to_categorical(y_train)
                y_test = keras.utils.to_categorical(y_test)
                x_train, x_val = x_train[5000:], x_train[:5000]
                y_train, y_val = y_train[5000:], y_train[:5000]
                print(len(x_train), len(x_val), len(x_test))
                """
            ),
            live=Live.SPLIT,
        ),
        Step(
            key="kernels",
            title=message("5×5 with same padding"),
            text=message(
                "A 5×5 kernel sees more of a stroke than a 3×3 one, and has 25 weights in place of 9. Same padding "
                "puts two rows and columns of zeros around the picture, so the map is 28×28 again.\n\nTry sizes from 1 "
                "to 7 on your own drawing."
            ),
            code=piece(
                """
                mean = np.full((5, 5, 1, 1), 1 / 25, "float32")
                for padding in ("same", "valid"):
                    print(padding, keras.ops.conv(x_test[:1], mean, padding=padding).shape)
                """
            ),
            live=Live.FILTER,
            about="blur_5_1_same_none",
        ),
        Step(
            key="network",
            title=message("The network"),
            text=message(
                "The article chooses how every weight begins. Kernels are drawn from a normal distribution with a "
                "standard deviation of 0.1; draws beyond 0.2 are drawn again. Biases begin at 0.1, so that no ReLU is "
                "shut at first.\n\n1,024 dense units make this network 27 times as large as the one with 64."
            ),
            code=piece(
                """
                def first():
                    return {
                        "kernel_initializer": keras.initializers.TruncatedNormal(stddev=0.1),
                        "bias_initializer": keras.initializers.Constant(0.1),
                    }


                model = keras.Sequential([
                    keras.Input((28, 28, 1)),
                    keras.layers.Conv2D(32, 5, padding="same", activation="relu", **first()),
                    keras.layers.MaxPooling2D(2),
                    keras.layers.Conv2D(64, 5, padding="same", activation="relu", **first()),
                    keras.layers.MaxPooling2D(2),
                    keras.layers.Flatten(),
                    keras.layers.Dense(1024, activation="relu", **first()),
                    keras.layers.Dense(10, activation="softmax", **first()),
                ])
                model.summary()
                """
            ),
            live=Live.SUMMARY,
        ),
        Step(
            key="weights",
            title=message("First weights"),
            text=message(
                "The histogram of fresh weights is a bell that is cut off at −0.2 and 0.2. Training moves every weight "
                "only a little: compare the trained weights of each layer. What was learned is in the small "
                "differences."
            ),
            code=piece(
                """
                kernel = model.layers[0].get_weights()[0]
                print(f"mean {kernel.mean():.3f}, from {kernel.min():.3f} to {kernel.max():.3f}")
                plt.hist(kernel.reshape(-1), bins=40)
                plt.show()
                """
            ),
            live=Live.WEIGHTS,
        ),
        Step(
            key="train",
            title=message("Steps, not epochs"),
            text=message(
                "The article counts steps: 20,000 batches of 50 digits, which are a little more than 18 epochs. Adam's "
                "rate is 0.0001, a tenth of the usual one. The whole run takes long on a CPU; the short run of 300 "
                "steps shows how it begins."
            ),
            code=piece(
                """
                model.compile(
                    optimizer=keras.optimizers.Adam(1e-4),
                    loss="categorical_crossentropy",
                    metrics=["accuracy"],
                )
                # A quick try takes some of the digits, in their order.
                chosen = np.sort(np.random.default_rng(0).permutation(len(x_train))[:DIGITS])
                x_train, y_train = x_train[chosen], y_train[chosen]
                step, epoch = 0, 0
                while step < STEPS:
                    epoch += 1
                    order = np.random.default_rng([0, epoch]).permutation(len(x_train))
                    for at in range(0, len(order), 50):
                        if step == STEPS:
                            break
                        batch = order[at : at + 50]
                        step += 1
                        if step % 100 == 0:
                            answers = model.predict_on_batch(x_train[batch])
                            right = answers.argmax(axis=1) == y_train[batch].argmax(axis=1)
                            print(f"step {step}, training accuracy {right.mean():.2f}")
                        model.train_on_batch(x_train[batch], y_train[batch])
                """
            ),
            live=Live.TRAIN,
        ),
        Step(
            key="steps",
            title=message("Every hundred steps"),
            text=message(
                "The printed training accuracy is that of the coming batch, before the step. The network has not "
                "learned from this batch yet in this epoch. Fifty digits are few: the figure jumps in steps of 0.02, "
                "and a single 1.00 means little."
            ),
            code="",
            live=Live.STEPS,
        ),
        Step(
            key="cross-entropy",
            title=message("Cross-entropy"),
            text=message(
                "The article writes the loss itself: minus the sum of label times logarithm of the probability. The "
                "label is 0 in nine places, so only the right digit counts. If it gets 1, the loss is 0; the less it "
                "gets, the larger the loss.\n\nThe logarithm of 0 is no number. The article's formula can break there; "
                "Keras lifts tiny probabilities."
            ),
            code=piece(
                """
                answer = model.predict(x_test[:1], verbose=0)[0]
                lifted = np.maximum(answer, 1e-7)
                print(-np.sum(y_test[0] * np.log(lifted)))
                """
            ),
            live=Live.CROSS_ENTROPY,
        ),
        Step(
            key="test",
            title=message("The test"),
            text=message(
                "At the end the article prints the accuracy on the 10,000 test digits. A network this large and this "
                "slow is hardly better here than the small ones of the other lessons."
            ),
            code=PRINT_TEST,
            live=Live.EVALUATE,
        ),
        QUESTIONS,
    ),
    questions=(
        Question(
            text=message("Use 3×3 kernels and 128 dense units, for 1,000 steps. What will the test accuracy be?"),
            change=changes(layers="c32k3pm2.c64k3pm2.f128.softmax", steps="1000"),
        ),
        Question(
            text=message("Take the usual rate of 0.001, for 1,000 steps. What will the test accuracy be?"),
            change=changes(learning_rate="0.001", steps="1000"),
        ),
        Question(
            text=message("Stop after 300 of the 20,000 steps. What will the test accuracy be?"),
            change=changes(steps="300"),
        ),
    ),
    short={"steps": 300},
)
