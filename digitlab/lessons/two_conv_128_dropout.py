"""The lesson on two-conv-128-dropout: what each kind of layer does, and how well it works."""

from digitlab.lessons.lesson import Lesson, Live, Question, Step, Tip, changes, piece
from digitlab.lessons.shared import PRINT_LOG, PRINT_TEST, QUESTIONS
from digitlab.words import message

LESSON = Lesson(
    recipe="two-conv-128-dropout",
    title=message("What layers do"),
    about=message("Kernel, stride, padding, pooling and dropout, each to play with on your own drawing."),
    steps=(
        Step(
            key="data",
            title=message("Data, ready to use"),
            text=message(
                "Four lines prepare MNIST: the pixels are divided by 255, a channel is added, and the labels become "
                "one-hot. Compare the shapes and values with the raw ones in the lesson “A first network”."
            ),
            code=piece(
                """
                import keras
                import matplotlib.pyplot as plt
                import numpy as np

                EPOCHS, DIGITS = 10, 60_000  # smaller numbers make a quick try
                keras.utils.set_random_seed(0)

                (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
                x_train = x_train[..., None].astype("float32") / 255
                x_test = x_test[..., None].astype("float32") / 255
                y_train = keras.utils.to_categorical(y_train)
                y_test = keras.utils.to_categorical(y_test)
                """
            ),
            live=Live.SHAPES,
            about="scaled",
        ),
        Step(
            key="layers",
            title=message("Three kinds of layers"),
            text=message(
                "**Convolutions** find patterns, wherever in the picture they are. **Pooling** keeps the strongest and "
                "makes the maps small. **Dense layers** weigh everything that was found and decide.\n\nThe picture of "
                "a layer shows its real numbers for the chosen digit: dark is 0, bright is large."
            ),
            code=piece(
                """
                model = keras.Sequential([
                    keras.Input((28, 28, 1)),
                    keras.layers.Conv2D(32, (3, 3), activation="relu"),
                    keras.layers.MaxPooling2D((2, 2)),
                    keras.layers.Dropout(0.25),
                    keras.layers.Conv2D(64, (3, 3), activation="relu"),
                    keras.layers.MaxPooling2D((2, 2)),
                    keras.layers.Dropout(0.25),
                    keras.layers.Flatten(),
                    keras.layers.Dense(128, activation="relu"),
                    keras.layers.Dense(10, activation="softmax"),
                ])
                model.summary()
                """
            ),
            live=Live.LAYER,
            about="conv_1 max_pool_1 dense_1 dense_2",
        ),
        Step(
            key="kernel",
            title=message("Filter and kernel"),
            text=message(
                "The kernel is a small grid of weights. At each place it is laid over the picture, number is "
                "multiplied by number, and the products are added. This kernel finds upright edges: dark on one side, "
                "bright on the other.\n\nDraw something, choose other kernels, and type weights of your own. A network "
                "learns its kernels; nobody types them."
            ),
            code=piece(
                """
                edges = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")
                kernel = edges[:, :, None, None]  # height, width, channels in, channels out
                found = keras.ops.conv(x_test[:1], kernel)
                plt.imshow(keras.ops.convert_to_numpy(found)[0, :, :, 0], cmap="gray")
                plt.show()
                """
            ),
            live=Live.FILTER,
            about="vertical_3_1_valid_none",
        ),
        Step(
            key="stride",
            title=message("Stride and padding"),
            text=message(
                "The stride says how many pixels the kernel moves from place to place. With a stride of 2 the map is "
                "half as large.\n\nPadding `valid` leaves out the places where the kernel would stick out. Padding "
                "`same` puts zeros around the picture, so that the map is as large as the picture."
            ),
            code=piece(
                """
                for strides in (1, 2, 3):
                    for padding in ("valid", "same"):
                        found = keras.ops.conv(x_test[:1], kernel, strides=strides, padding=padding)
                        print(strides, padding, found.shape[1:3])
                """
            ),
            live=Live.FILTER,
            about="vertical_3_2_same_none",
        ),
        Step(
            key="pooling",
            title=message("Pooling"),
            text=message(
                "Pooling makes one number of every 2×2. Max pooling takes the largest: was the pattern there at all? "
                "Average pooling takes the mean: how much of it was there? Both make the next layers cheaper, and both "
                "forgive small shifts."
            ),
            code=piece(
                """
                found = keras.ops.relu(keras.ops.conv(x_test[:1], kernel))
                print(keras.ops.max_pool(found, 2).shape, keras.ops.average_pool(found, 2).shape)
                """
            ),
            live=Live.FILTER,
            about="vertical_3_1_valid_max2",
        ),
        Step(
            key="dropout",
            title=message("Dropout"),
            text=message(
                "In each step of the training, dropout sets a quarter of the numbers to 0, others each time. The rest "
                "are divided by 0.75, so that the sum stays about the same. When the network answers, nothing is "
                "dropped.\n\nA network that cannot count on any single number learns less by heart."
            ),
            code=piece(
                """
                drop = keras.layers.Dropout(0.25, seed=1)
                for step in range(3):
                    print(keras.ops.convert_to_numpy(drop(np.ones((1, 12), "float32"), training=True)))
                """
            ),
            live=Live.DROPOUT,
            about="dropout_2",
        ),
        Step(
            key="train",
            title=message("Training"),
            text=message(
                "Ten epochs in batches of 32. After each epoch the article validates on the test digits. One should "
                "not: whoever picks the best epoch by them has no unseen digits left. This lesson keeps the article's "
                "choice, but picks nothing by it."
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
                history = []
                for epoch in range(1, EPOCHS + 1):
                    order = np.random.default_rng([0, epoch]).permutation(len(x_train))
                    log = model.fit(
                        x_train[order],
                        y_train[order],
                        batch_size=32,
                        shuffle=False,  # it is shuffled already
                        validation_data=(x_test, y_test),
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
                "Every epoch is a line. The last column is what the article prints for the validation accuracy. No two "
                "runs are equal, but they should be close: with 10,000 digits, 0.2 percentage points are chance."
            ),
            code=PRINT_LOG,
            live=Live.LOG,
        ),
        Step(
            key="test",
            title=message("Evaluation"),
            text=message(
                "The article prints 99.09% on the test digits. These are the digits of the validation, so the figure "
                "is that of the last epoch once more."
            ),
            code=PRINT_TEST,
            live=Live.EVALUATE,
        ),
        Step(
            key="curve",
            title=message("The accuracy curve"),
            text=message(
                "The article plots the accuracy of training and test digits over the epochs. At first the test digits "
                "do better, since dropout is off for them. Where the training curve rises on and the other one stays, "
                "the network learns by heart."
            ),
            code=piece(
                """
                for name in ("accuracy", "val_accuracy"):
                    plt.plot(range(1, EPOCHS + 1), [line[name] for line in history], marker="o", label=name)
                plt.xlabel("epoch")
                plt.legend()
                plt.show()
                """
            ),
            live=Live.ACCURACY,
        ),
        Step(
            key="tips",
            title=message("Four tips"),
            text=message(
                "The article closes with four tips for better results. The fourth is a search, on a grid or at random. "
                "Each is one press away: the press opens the form with everything set, and its button begins."
            ),
            code="",
            live=Live.TIPS,
        ),
        QUESTIONS,
    ),
    tips=(
        Tip(
            text=message("**Other layers.** A third convolution with 128 filters sees larger parts of a digit."),
            label=message("Prepare a third convolution"),
            query=changes(recipe="two-conv-128-dropout", layers="c32k3m2d25.c64k3m2d25.c128k3d25.f128.softmax"),
        ),
        Tip(
            text=message(
                "**Augmentation.** Turned, moved and sheared digits make a network of the same size read better."
            ),
            label=message("Prepare augmentation"),
            query=changes(recipe="two-conv-128-dropout", vary="rotation:10,shift:2,shear:0.15"),
        ),
        Tip(
            text=message("**Trained weights.** Begin with those of `two-conv-128`, and learn more slowly from there."),
            label=message("Prepare trained weights"),
            query=changes(
                recipe="two-conv-128-dropout", start_model="two-conv-128", learning_rate="0.0003", epochs="2"
            ),
        ),
        Tip(
            text=message("**Grid search.** Every combination of a few learning rates and batch sizes is tried."),
            label=message("Prepare a grid search"),
            query=changes(recipe="two-conv-128-dropout", sampler="grid"),
            page="search",
        ),
        Tip(
            text=message(
                "**Random search.** Settings are drawn by chance; with many settings that finds more, sooner."
            ),
            label=message("Prepare a random search"),
            query=changes(recipe="two-conv-128-dropout", sampler="random"),
            page="search",
        ),
    ),
    questions=(
        Question(
            text=message("Drop half of the numbers in place of a quarter. What will the test accuracy be?"),
            change=changes(layers="c32k3m2d50.c64k3m2d50.f128.softmax"),
        ),
        Question(
            text=message("Use average pooling in place of max pooling. What will the test accuracy be?"),
            change=changes(layers="c32k3a2d25.c64k3a2d25.f128.softmax"),
        ),
        Question(
            text=message("Train on 2,000 digits. What will the test accuracy be?"),
            change=changes(train_size="2000"),
        ),
    ),
    short={"epochs": 1, "train_size": 6000},
)
