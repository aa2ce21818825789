"""The lesson on two-conv-64-logits: logits, probabilities, and a division too many."""

from digitlab.lessons.lesson import Lesson, Live, Question, Step, changes, piece
from digitlab.lessons.shared import PRINT_TEST, QUESTIONS
from digitlab.words import message

LESSON = Lesson(
    recipe="two-conv-64-logits",
    title=message("Logits and probabilities"),
    about=message("What a network says before softmax, and whether one division too many hurts."),
    steps=(
        Step(
            key="device",
            title=message("GPU or CPU"),
            text=message(
                "A GPU computes many numbers at the same time, which makes large networks much faster. TensorFlow "
                "takes all of its memory at once, unless it is told to let it grow. For a network as small as this one "
                "a CPU is enough.\n\nBeside this text is what computes on this server."
            ),
            code=piece(
                """
                import keras
                import matplotlib.pyplot as plt
                import numpy as np
                import tensorflow as tf

                EPOCHS, DIGITS = 10, 60_000  # smaller numbers make a quick try
                gpus = tf.config.list_physical_devices("GPU")
                for gpu in gpus:
                    tf.config.experimental.set_memory_growth(gpu, True)
                print("GPU" if gpus else "CPU")
                """
            ),
            live=Live.DEVICE,
        ),
        Step(
            key="data",
            title=message("Shapes before"),
            text=message(
                "The digits come as 60,000 and 10,000 pictures of 28×28 whole numbers. The article divides them by 255 "
                "here, and once more later. One division is right; a later step tries both."
            ),
            code=piece(
                """
                (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
                x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255
                print(x_train.shape, x_test.shape, y_train.shape, y_test.shape)
                """
            ),
            live=Live.SHAPES,
            about="raw",
        ),
        Step(
            key="sheet",
            title=message("Twenty digits"),
            text=message(
                "Two rows of ten training digits with their labels. People write a 7 with or without a bar and a 1 "
                "with or without a foot. The network has to read all of them."
            ),
            code=piece(
                """
                plt.figure(figsize=(10, 2.5))
                for number in range(20):
                    plt.subplot(2, 10, number + 1)
                    plt.imshow(x_train[number], cmap="binary")
                    plt.title(y_train[number])
                    plt.axis("off")
                plt.show()
                """
            ),
            live=Live.SHEET,
        ),
        Step(
            key="reshape",
            title=message("Shapes after"),
            text=message(
                "A convolution expects height, width and channels. The pictures get a fourth axis of length 1; no "
                "number changes. The labels stay numbers, since this loss takes them as they are."
            ),
            code=piece(
                """
                x_train = x_train.reshape((60000, 28, 28, 1))
                x_test = x_test.reshape((10000, 28, 28, 1))
                print(x_train.shape, x_test.shape)
                """
            ),
            live=Live.SHAPES,
            about="scaled",
        ),
        Step(
            key="network",
            title=message("The network"),
            text=message(
                "Two convolutions with pooling, a dense layer of 64 units, and ten numbers at the end. There is no "
                "softmax: the last layer gives **logits**, numbers of any size and sign.\n\n`model.summary()` prints "
                "this table without its last two columns."
            ),
            code=piece(
                """
                def network():
                    return keras.Sequential([
                        keras.Input((28, 28, 1)),
                        keras.layers.Conv2D(32, (3, 3), activation="relu"),
                        keras.layers.MaxPooling2D((2, 2)),
                        keras.layers.Conv2D(64, (3, 3), activation="relu"),
                        keras.layers.MaxPooling2D((2, 2)),
                        keras.layers.Flatten(),
                        keras.layers.Dense(64, activation="relu"),
                        keras.layers.Dense(10),
                    ])


                keras.utils.set_random_seed(0)
                model = network()
                model.summary()
                """
            ),
            live=Live.SUMMARY,
        ),
        Step(
            key="train",
            title=message("Training on logits"),
            text=message(
                "`from_logits=True` tells the loss to apply softmax itself. Both together are more exact than a "
                "softmax layer and its logarithm. Forget it, and the network learns badly.\n\nThe article validates on "
                "the test digits. One should not; this lesson keeps that choice, but picks nothing by it."
            ),
            code=piece(
                """
                # A quick try takes some of the digits, in their order.
                chosen = np.sort(np.random.default_rng(0).permutation(len(x_train))[:DIGITS])
                x_train, y_train = x_train[chosen], y_train[chosen]


                def train(model, epochs):
                    model.compile(
                        optimizer="adam",
                        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                        metrics=["accuracy"],
                    )
                    for epoch in range(1, epochs + 1):
                        order = np.random.default_rng([0, epoch]).permutation(len(x_train))
                        model.fit(
                            x_train[order],
                            y_train[order],
                            batch_size=32,
                            shuffle=False,  # it is shuffled already
                            validation_data=(x_test, y_test),
                            initial_epoch=epoch - 1,
                            epochs=epoch,
                            verbose=2,
                        )


                train(model, EPOCHS)
                """
            ),
            live=Live.TRAIN,
        ),
        Step(
            key="test",
            title=message("The test"),
            text=message(
                "The largest logit is the answer, with or without softmax: softmax never changes the order. So "
                "accuracy can be counted from logits directly."
            ),
            code=PRINT_TEST,
            live=Live.EVALUATE,
        ),
        Step(
            key="logits",
            title=message("All ten numbers"),
            text=message(
                "`pre[1]` is what the network says of the second test digit, a 2. The article calls these numbers "
                "probabilities. They are logits: some are below 0, and their sum is not 1."
            ),
            code=piece(
                """
                pre = model.predict(x_test, verbose=0)
                print(pre[1])
                """
            ),
            live=Live.LOGITS,
        ),
        Step(
            key="softmax",
            title=message("Softmax, step by step"),
            text=message(
                "First the largest logit is taken from all ten, so that no power becomes too large. Then each becomes "
                "a power of e, which is never below 0. Last, each is divided by the sum of all ten.\n\nNow they are "
                "probabilities: between 0 and 1, and together 1."
            ),
            code=piece(
                """
                shifted = pre[1] - pre[1].max()
                powers = np.exp(shifted)
                probabilities = powers / powers.sum()
                print(probabilities.round(4), probabilities.sum())
                """
            ),
            live=Live.LOGITS,
            about="softmax",
        ),
        Step(
            key="vector",
            title=message("784 numbers in a row"),
            text=message(
                "A picture of 28×28 is also a row of 784 numbers, a vector. A dense layer sees only that row. Whether "
                "two pixels are neighbours in the picture is lost, and convolutions keep just that."
            ),
            code=piece(
                """
                vector = x_test[1].reshape(784)
                print(vector.shape, vector.argmax())
                """
            ),
            live=Live.VECTOR,
        ),
        Step(
            key="twice",
            title=message("Divided twice"),
            text=message(
                "Divided by 255 twice, the brightest pixel is 0.004. A network that has learned from digits between 0 "
                "and 1 hardly sees such digits. A network that learns from them has to grow larger weights first.\n\n"
                "Adam manages that, but the first epoch costs accuracy. Start both runs and compare."
            ),
            code=piece(
                """
                print(f"dim digits, this network: {model.evaluate(x_test / 255, y_test, verbose=0)[1]:.2%}")

                keras.utils.set_random_seed(0)
                dim = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), network()])
                train(dim, 1)
                """
            ),
            live=Live.TWICE,
        ),
        QUESTIONS,
    ),
    questions=(
        Question(
            text=message("Put softmax back at the end of the network. What will the test accuracy be?"),
            change=changes(layers="c32k3m2.c64k3m2.f64.softmax"),
        ),
        Question(
            text=message("Take plain SGD in place of Adam, for three epochs. What will the test accuracy be?"),
            change=changes(optimizer="sgd", learning_rate="0.01", epochs="3"),
        ),
        Question(
            text=message("Use 8 filters in both convolutions. What will the test accuracy be?"),
            change=changes(layers="c8k3m2.c8k3m2.f64.logits"),
        ),
    ),
    short={"epochs": 1, "train_size": 6000},
)
