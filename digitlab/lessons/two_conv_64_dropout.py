"""The lesson on two-conv-64-dropout: a whole project, from the data to what comes next."""

from digitlab.lessons.lesson import Lesson, Live, Question, Step, Tip, changes, piece
from digitlab.lessons.shared import PRINT_LOG, QUESTIONS
from digitlab.words import message

LESSON = Lesson(
    recipe="two-conv-64-dropout",
    title=message("A whole project"),
    about=message("From the first look at the data to the test, with every figure checked. Begin here."),
    steps=(
        Step(
            key="data",
            title=message("The digits"),
            text=message(
                "MNIST holds 70,000 handwritten digits. Keras gives them in two parts: 60,000 to learn from and "
                "10,000 to test with. A picture has 28×28 pixels, and each pixel is a whole number from 0 (black) to "
                "255 (white).\n\nTwo numbers at the top, `EPOCHS` and `DIGITS`, say how long this program trains. "
                "Smaller numbers make a quick try."
            ),
            code=piece(
                """
                import keras
                import matplotlib.pyplot as plt
                import numpy as np

                EPOCHS, DIGITS = 5, 54_000  # smaller numbers make a quick try
                keras.utils.set_random_seed(0)

                (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
                print(x_train.shape, y_train.shape)
                print(x_test.shape, y_test.shape)
                """
            ),
            live=Live.SHAPES,
            about="raw",
        ),
        Step(
            key="first",
            title=message("Five digits"),
            text=message(
                "A network learns from pairs: a picture, and the label that a person gave. Look at some pairs before "
                "anything is trained. Wrong or unreadable pictures are found by looking, not by training."
            ),
            code=piece(
                """
                for number in range(5):
                    plt.subplot(1, 5, number + 1)
                    plt.imshow(x_train[number], cmap="gray")
                    plt.title(y_train[number])
                    plt.axis("off")
                plt.show()
                """
            ),
            live=Live.FIRST_DIGITS,
        ),
        Step(
            key="scale",
            title=message("From 0 to 1"),
            text=message(
                "Dividing by 255 brings every pixel between 0 and 1. Fresh weights are small numbers, and learning is "
                "steady when the input is of the same size.\n\nA convolution also wants to know how many channels a "
                "picture has. A grey picture has one, so the shape becomes 28×28×1."
            ),
            code=piece(
                """
                x_train = x_train[..., None].astype("float32") / 255
                x_test = x_test[..., None].astype("float32") / 255
                print(x_train.shape, x_train.min(), x_train.max())
                """
            ),
            live=Live.RANGE,
        ),
        Step(
            key="network",
            title=message("The network"),
            text=message(
                "Two convolutions look for strokes and for parts of digits. After each, max pooling keeps the "
                "strongest answer of every 2×2. Flatten lays all maps out in one row. A dense layer of 64 units "
                "combines them, and softmax gives ten probabilities.\n\nWhile the network trains, dropout switches "
                "half of the 64 units off in every step. So no unit can rely on another one."
            ),
            code=piece(
                """
                model = keras.Sequential([
                    keras.Input((28, 28, 1)),
                    keras.layers.Conv2D(32, 3, activation="relu"),
                    keras.layers.MaxPooling2D(2),
                    keras.layers.Conv2D(64, 3, activation="relu"),
                    keras.layers.MaxPooling2D(2),
                    keras.layers.Flatten(),
                    keras.layers.Dense(64, activation="relu"),
                    keras.layers.Dropout(0.5),
                    keras.layers.Dense(10, activation="softmax"),
                ])
                model.summary()
                """
            ),
            live=Live.SUMMARY,
        ),
        Step(
            key="sum",
            title=message("A sum that is wrong"),
            text=message(
                "The article prints 122,930 parameters. The rows of its own table add up to 121,930, and so do these. "
                "Every row can be checked by hand.\n\nA filter of a convolution has one weight for each place of its "
                "kernel in each channel, and one bias. A dense unit has one weight for each of its inputs, and one "
                "bias. Pooling, flatten and dropout learn nothing."
            ),
            code=piece(
                """
                for layer in model.layers:
                    print(f"{layer.name:<20} {layer.count_params():>7,}")
                print(f"{'together':<20} {model.count_params():>7,}")
                """
            ),
            live=Live.SUMS,
            about="122930",
        ),
        Step(
            key="hold-out",
            title=message("Digits held out"),
            text=message(
                "The last tenth of the training digits is held out. The network never learns from these 6,000, so "
                "they say after each epoch how well it reads digits that are new to it.\n\nThe test digits stay "
                "untouched until the end. Whoever chooses by the test digits has nothing left to measure with."
            ),
            code=piece(
                """
                x_train, x_val = x_train[:-6000], x_train[-6000:]
                y_train, y_val = y_train[:-6000], y_train[-6000:]

                # A quick try takes some of them, in their order.
                chosen = np.sort(np.random.default_rng(0).permutation(len(x_train))[:DIGITS])
                x_train, y_train = x_train[chosen], y_train[chosen]
                print(len(x_train), len(x_val))
                """
            ),
            live=Live.SPLIT,
        ),
        Step(
            key="train",
            title=message("Training"),
            text=message(
                "Adam changes the weights after each batch of 64 digits, so that the loss becomes smaller. The loss is "
                "the cross-entropy: low where the right digit gets a high probability. An epoch is over when every "
                "digit was shown once.\n\nThe order of the digits depends on the epoch alone. So this program and a "
                "run on this page go the same way."
            ),
            code=piece(
                """
                model.compile(
                    optimizer="adam",
                    loss="sparse_categorical_crossentropy",
                    metrics=["accuracy"],
                )
                history = []
                for epoch in range(1, EPOCHS + 1):
                    order = np.random.default_rng([0, epoch]).permutation(len(x_train))
                    log = model.fit(
                        x_train[order],
                        y_train[order],
                        batch_size=64,
                        shuffle=False,  # it is shuffled already
                        validation_data=(x_val, y_val),
                        initial_epoch=epoch - 1,
                        epochs=epoch,
                        verbose=2,
                    )
                    history.append({name: values[0] for name, values in log.history.items()})
                """
            ),
            live=Live.TRAIN,
        ),
        Step(
            key="log",
            title=message("The log"),
            text=message(
                "Keras writes a line after each epoch. The first two figures come from the training digits while the "
                "network was still learning, with half of the units off. The next two come from the held-out digits "
                "at the end of the epoch, with all units on. So validation is often better than training here.\n\n"
                "The article prints 98.61% on the held-out digits after the first epoch and 99.05% after the fifth."
            ),
            code=PRINT_LOG,
            live=Live.LOG,
        ),
        Step(
            key="test",
            title=message("The test"),
            text=message(
                "Now the 10,000 test digits are used, once. The article prints 99.05%.\n\nIts log also shows 157 "
                "test steps. With Keras' batches of 32, 10,000 digits make 313 steps. So the printed figures come "
                "from another program than the printed one. Yours are from this one."
            ),
            code=piece(
                """
                loss, accuracy = model.evaluate(x_test, y_test, verbose=2)
                print(f"test accuracy {accuracy:.2%}, test loss {loss:.4f}")
                """
            ),
            live=Live.EVALUATE,
        ),
        Step(
            key="curves",
            title=message("The curves"),
            text=message(
                "Loss and accuracy belong side by side. Training should go on as long as the validation loss falls. "
                "When the training loss falls and the validation loss rises, the network learns its digits by heart: "
                "that is overfitting."
            ),
            code=piece(
                """
                for place, name in enumerate(("loss", "accuracy"), start=1):
                    plt.subplot(1, 2, place)
                    for line in (name, f"val_{name}"):
                        plt.plot(range(1, EPOCHS + 1), [row[line] for row in history], marker="o", label=line)
                    plt.xlabel("epoch")
                    plt.legend()
                plt.show()
                """
            ),
            live=Live.CURVES,
        ),
        Step(
            key="predictions",
            title=message("Ten predictions"),
            text=message(
                "For each picture the network gives ten probabilities, and the largest one is its answer. Compare the "
                "answers to the first ten test digits with their labels. Ten digits are too few to judge a network: "
                "most networks read all of these."
            ),
            code=piece(
                """
                answers = model.predict(x_test[:10], verbose=0).argmax(axis=1)
                for number in range(10):
                    print(f"Pred {answers[number]}  True {y_test[number]}")
                """
            ),
            live=Live.PREDICTIONS,
        ),
        Step(
            key="outlook",
            title=message("What comes next"),
            text=message(
                "The article ends with three ideas. Each is one press away: the press opens Train with everything set, "
                "and **Start training** begins."
            ),
            code="",
            live=Live.TIPS,
        ),
        QUESTIONS,
    ),
    tips=(
        Tip(
            text=message(
                "**A deeper network.** VGG puts small convolutions in pairs, and each pair has more filters than the "
                "last."
            ),
            label=message("Prepare VGG"),
            query=changes(recipe="vgg"),
        ),
        Tip(
            text=message(
                "**A residual network.** ResNet adds what a block was given to what the block has made, so that even "
                "deep networks learn."
            ),
            label=message("Prepare ResNet"),
            query=changes(recipe="resnet"),
        ),
        Tip(
            text=message(
                "**Augmentation.** Each digit is turned and moved a little every time it is shown. The network sees "
                "new digits all the time."
            ),
            label=message("Prepare augmentation"),
            query=changes(recipe="two-conv-64-dropout", vary="rotation:10,shift:2"),
        ),
        Tip(
            text=message(
                "**Transfer learning.** The convolutions come trained from another network and stay as they are. Only "
                "the dense layers learn."
            ),
            label=message("Prepare transfer learning"),
            query=changes(recipe="two-conv-64-dropout", start_model="two-conv-128", frozen="conv_1,conv_2", epochs="2"),
        ),
    ),
    note=message("The article also names larger data sets. Other data than MNIST is not built in yet."),
    questions=(
        Question(
            text=message("Leave the dropout out. What will the test accuracy be?"),
            change=changes(layers="c32k3m2.c64k3m2.f64.softmax"),
        ),
        Question(
            text=message("Learn from 6,000 digits instead of 54,000. What will the test accuracy be?"),
            change=changes(train_size="6000"),
        ),
        Question(
            text=message("Make the batches ten times as large: 640 digits a step. What will the test accuracy be?"),
            change=changes(batch_size="640"),
        ),
    ),
    short={"epochs": 1, "train_size": 6000},
)
