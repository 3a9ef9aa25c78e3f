"""python examples/next_word.py - two words in, the third word out: the smallest recurrent network that predicts.

Many to one. The network reads `i like` and has to say `dog`. Its whole recurrence is one line,

    h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

where x_t is the word at step t and h_{t-1} is what the network remembers of the words before it. After the last word
the hidden state h_T goes through one linear layer, which gives a score to each word of the vocabulary.
"""

import torch
from transformers import set_seed

from seqkit import RNNConfig, RNNForSequenceClassification

set_seed(0)

# The data: three sentences of three words. The first two words are the input, the third is the answer.
sentences = ["i like dog", "i love coffee", "i hate milk"]
vocabulary = list(dict.fromkeys(" ".join(sentences).split()))  # each word once, in the order of the text
word_to_id = {word: index for index, word in enumerate(vocabulary)}

V = len(vocabulary)  # 7 words
H = 8  # units of the hidden state

ids = torch.tensor([[word_to_id[word] for word in sentence.split()] for sentence in sentences])  # (3, 3)
# A network cannot read the number of a word: 6 is not "more" than 2. One-hot vectors are all equally far apart.
inputs = torch.eye(V)[ids[:, :2]]  # (B, T, V): three sentences, two words, one 1 among seven places
targets = ids[:, 2]  # (B,)

# The model: `num_features` says that it reads vectors, not token ids; `num_labels`, that it chooses among V words.
config = RNNConfig(
    cell="rnn",
    num_features=V,
    hidden_size=H,
    num_labels=V,
    pooling="last",  # many to one: only the hidden state after the last word is looked at
    id2label=dict(enumerate(vocabulary)),
)
model = RNNForSequenceClassification(config)

# The weights of the equation above, under the names it gives them.
cell = model.model.layers[0].cells[0]
outputs = model.model(input_features=inputs)

print("vocabulary      ", " ".join(vocabulary))
print("x       inputs  ", tuple(inputs.shape), "  sentences, steps, one-hot places")
print("W_ih            ", tuple(cell.weight_ih.shape), "     from the input to the hidden state")
print("W_hh            ", tuple(cell.weight_hh.shape), "     from the hidden state to the next one")
print("b_ih, b_hh      ", tuple(cell.bias_ih.shape), tuple(cell.bias_hh.shape))
print("h       hidden  ", tuple(outputs.last_hidden_state.shape), "  one state after each word")
print("h_T     last    ", tuple(outputs.last_hidden_state[:, -1].shape), "     what the answer is read from")
print("W       output  ", tuple(model.score.weight.shape), "     from the hidden state to the scores")
print("b       output  ", tuple(model.score.bias.shape))
print("logits          ", tuple(model(input_features=inputs).logits.shape), "     a score for each word")
print("targets         ", tuple(targets.shape), "       ", targets.tolist())
print()

# Training: ask, measure the error, follow its gradient back through both time steps, change the weights a little.
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 5001):
    cost = model(input_features=inputs, labels=targets).loss  # the mean cross-entropy, in nats
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
    if epoch % 1000 == 0:
        print(f"epoch {epoch}   cost = {cost.item():.6f}")
print()

# Prediction: the word with the highest score.
with torch.no_grad():
    logits = model(input_features=inputs).logits  # (B, V)
for sentence, best in zip(sentences, logits.argmax(-1), strict=True):
    first, second, _ = sentence.split()
    print(f"{first} {second} -> {config.id2label[int(best)]}")

# Expected output:
#
# vocabulary       i like dog love coffee hate milk
# x       inputs   (3, 2, 7)   sentences, steps, one-hot places
# W_ih             (8, 7)      from the input to the hidden state
# W_hh             (8, 8)      from the hidden state to the next one
# b_ih, b_hh       (8,) (8,)
# h       hidden   (3, 2, 8)   one state after each word
# h_T     last     (3, 8)      what the answer is read from
# W       output   (7, 8)      from the hidden state to the scores
# b       output   (7,)
# logits           (3, 7)      a score for each word
# targets          (3,)         [2, 4, 6]
#
# epoch 1000   cost = 0.042244
# epoch 2000   cost = 0.009167
# epoch 3000   cost = 0.003476
# epoch 4000   cost = 0.001620
# epoch 5000   cost = 0.000837
#
# i like -> dog
# i love -> coffee
# i hate -> milk
