"""The lesson on two-conv-128: a first network, layer by layer."""

from digitlab.lessons.lesson import Lesson, Live, Question, Step, changes, piece
from digitlab.lessons.shared import PRINT_TEST, QUESTIONS
from digitlab.words import message

LESSON = Lesson(
    recipe="two-conv-128",
    title=message("A first network"),
    about=message("Data, labels, and a network that grows layer by layer, with a digit in it."),
    steps=(
        Step(
            key="data",
            title=message("The data set"),
            text=message(
                "The data come in two parts, each with pictures `x` and labels `y`. The first number of a shape is how "
                "many there are: 60,000 to learn from, 10,000 to test with. The other two are height and width.\n\n"
                "The labels are numbers from 0 to 9. Not every digit occurs equally often, but nearly so."
            ),
            code=piece(
                """
                import keras
                import matplotlib.pyplot as plt
                import numpy as np

                EPOCHS, DIGITS = 10, 60_000  # smaller numbers make a quick try
                keras.utils.set_random_seed(0)

                (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
                print(x_train.shape, y_train.shape)
                print(x_test.shape, y_test.shape)
                """
            ),
            live=Live.SHAPES,
        ),
        Step(
            key="normalise",
            title=message("Normalisation"),
            text=message(
                "Pixels come as whole numbers up to 255. Divided by 255 they lie between 0 and 1. The picture stays "
                "the same; only the unit changes.\n\nThe last axis is the channel. A colour picture would have three, "
                "a grey one has one."
            ),
            code=piece(
                """
                x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255
                x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255
                print(x_train.shape, x_train.max())
                """
            ),
            live=Live.RANGE,
        ),
        Step(
            key="one-hot",
            title=message("One-hot labels"),
            text=message(
                "The network will answer with ten numbers, one for each digit. So the label becomes ten numbers too: a "
                "1 in the place of the right digit, and 0 everywhere else. That is called one-hot.\n\nDigits are names "
                "here, not amounts. An 8 is not twice a 4, and one-hot labels never say so."
            ),
            code=piece(
                """
                y_train = keras.utils.to_categorical(y_train, 10)
                y_test = keras.utils.to_categorical(y_test, 10)
                print(y_train[0])
                """
            ),
            live=Live.LABEL,
        ),
        Step(
            key="convolution",
            title=message("A convolution"),
            text=message(
                "The first layer has 32 filters of 3×3 weights. Each slides over the picture and gives a map: large "
                "where the picture looks like the filter. A 3×3 window fits into 28 pixels at 26 places, so a map is "
                "26×26.\n\nReLU replaces every negative number by 0."
            ),
            code=piece(
                """
                model = keras.Sequential()
                model.add(keras.Input((28, 28, 1)))
                model.add(keras.layers.Conv2D(32, (3, 3), activation="relu"))
                print(model.output_shape)
                """
            ),
            live=Live.LAYER,
            about="conv_1",
        ),
        Step(
            key="pooling",
            title=message("Max pooling"),
            text=message(
                "Max pooling takes the largest number of every 2×2. The maps become half as wide and half as high, and "
                "a stroke that moves by a pixel changes little. Pooling has no weights: there is nothing to learn."
            ),
            code=piece(
                """
                model.add(keras.layers.MaxPooling2D((2, 2)))
                print(model.output_shape)
                """
            ),
            live=Live.LAYER,
            about="conv_1 max_pool_1",
        ),
        Step(
            key="deeper",
            title=message("Once more"),
            text=message(
                "The second convolution sees all 32 maps at once. Each of its 64 filters has 3×3 weights for every one "
                "of them. So it can look for combinations: a corner, an end of a line, a loop.\n\nAfter the second "
                "pooling 5×5 numbers are left of each map. 11 is odd, so the last row and column are left out."
            ),
            code=piece(
                """
                model.add(keras.layers.Conv2D(64, (3, 3), activation="relu"))
                model.add(keras.layers.MaxPooling2D((2, 2)))
                print(model.output_shape)
                """
            ),
            live=Live.LAYER,
            about="conv_2 max_pool_2",
        ),
        Step(
            key="decide",
            title=message("The decision"),
            text=message(
                "Flatten lays the 64 maps of 5×5 out as one row of 1,600 numbers. The dense layer of 128 units weighs "
                "all of them. The last layer has one unit for each digit, and softmax makes probabilities of their "
                "numbers: none below 0, and together 1."
            ),
            code=piece(
                """
                model.add(keras.layers.Flatten())
                model.add(keras.layers.Dense(128, activation="relu"))
                model.add(keras.layers.Dense(10, activation="softmax"))
                model.summary()
                """
            ),
            live=Live.LAYER,
            about="dense_1 dense_2",
        ),
        Step(
            key="train",
            title=message("Ten epochs"),
            text=message(
                "The network sees all 60,000 digits ten times, 64 at a time. After each 64 its weights move a little, "
                "in the direction that lowers the loss. Loss and accuracy here are those of the training digits; this "
                "article holds none out.\n\nThe order of the digits depends on the epoch alone, so this program and a "
                "run on this page go the same way."
            ),
            code=piece(
                """
                model.compile(
                    optimizer="adam",
                    loss="categorical_crossentropy",
                    metrics=["accuracy"],
                )
                # A quick try takes some of the digits, in their order.
                chosen = np.sort(np.random.default_rng(0).permutation(len(x_train))[:DIGITS])
                x_train, y_train = x_train[chosen], y_train[chosen]
                for epoch in range(1, EPOCHS + 1):
                    order = np.random.default_rng([0, epoch]).permutation(len(x_train))
                    model.fit(
                        x_train[order],
                        y_train[order],
                        batch_size=64,
                        shuffle=False,  # it is shuffled already
                        initial_epoch=epoch - 1,
                        epochs=epoch,
                        verbose=2,
                    )
                """
            ),
            live=Live.TRAIN,
        ),
        Step(
            key="log",
            title=message("Loss and accuracy"),
            text=message(
                "Each line is one epoch. The loss falls quickly at first, then slowly. The training accuracy comes "
                "close to 100%, because the network may learn these very digits by heart. What counts is the next "
                "step."
            ),
            code="",
            live=Live.LOG,
        ),
        Step(
            key="test",
            title=message("The test"),
            text=message(
                "The network has never seen the 10,000 test digits. The test accuracy is the share that it reads "
                "right. It is lower than the training accuracy. The difference is what was learned by heart."
            ),
            code=PRINT_TEST,
            live=Live.EVALUATE,
        ),
        Step(
            key="random",
            title=message("A random digit"),
            text=message(
                "Draw one test digit after another by chance, and compare prediction and label. It will take a while "
                "until you meet a mistake: about one digit in a hundred is read wrong."
            ),
            code=piece(
                """
                number = np.random.randint(len(x_test))
                answer = model.predict(x_test[number : number + 1], verbose=0)[0]
                plt.imshow(x_test[number, :, :, 0], cmap="gray")
                plt.title(f"prediction {answer.argmax()}, label {y_test[number].argmax()}")
                plt.show()
                """
            ),
            live=Live.RANDOM,
        ),
        QUESTIONS,
    ),
    questions=(
        Question(
            text=message("Leave the second convolution and its pooling out. What will the test accuracy be?"),
            change=changes(layers="c32k3m2.f128.softmax"),
        ),
        Question(
            text=message("Train for two epochs instead of ten. What will the test accuracy be?"),
            change=changes(epochs="2"),
        ),
        Question(
            text=message("Take a learning rate of 0.01, ten times the usual one. What will the test accuracy be?"),
            change=changes(learning_rate="0.01", epochs="3"),
        ),
    ),
    short={"epochs": 1, "train_size": 6000},
)
