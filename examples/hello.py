"""python examples/hello.py - a network of three units learns to write `hello`, one letter after the other.

Many to many. At every step the network reads a letter and gives a score to each letter that may come next:

    h_t = tanh(W_hh h_{t-1} + W_xh x_t + b)
    y_t = W_hy h_t + b_y

It reads `l` twice and must say `l` the first time and `o` the second: the letter alone cannot tell, the hidden
state has to remember. When it has learnt that, it writes by itself: what it says becomes what it reads next.
"""

import torch
from transformers import set_seed

from seqkit import RNNConfig, RNNForCausalLM

set_seed(0)

letters = ["h", "e", "l", "o"]
ids = torch.tensor([[letters.index(letter) for letter in "hello"]])  # (1, 5): [[0, 1, 2, 2, 3]]
inputs, targets = ids[:, :-1], ids[:, 1:]  # h e l l -> e l l o

V, H = len(letters), 3
model = RNNForCausalLM(RNNConfig(cell="rnn", vocab_size=V, embedding_size=V, hidden_size=H))

# A language model looks up a vector for each letter in a table. With the identity matrix as its table, these vectors
# are one-hot: h = 1000, e = 0100, l = 0010, o = 0001. We keep it so: it is not trained.
embedding = model.get_input_embeddings()
embedding.weight.data = torch.eye(V)
embedding.weight.requires_grad_(False)

# The weights under the names of the equations. PyTorch's kernels have two biases; only their sum matters: it is b.
cell = model.model.layers[0].cells[0]
W_xh, W_hh, W_hy, b_y = cell.weight_ih, cell.weight_hh, model.lm_head.weight, model.lm_head.bias

x = embedding(inputs)
print("x     ", tuple(x.shape), "  sentences, steps, one-hot places")
print("W_xh  ", tuple(W_xh.shape), "     from the letter to the hidden state")
print("W_hh  ", tuple(W_hh.shape), "     from the hidden state to the next one")
print("b     ", tuple((cell.bias_ih + cell.bias_hh).shape))
print("W_hy  ", tuple(W_hy.shape), "     from the hidden state to the scores")
print("b_y   ", tuple(b_y.shape))
print("h     ", tuple(model.model(inputs).last_hidden_state.shape), "  one state at each step")
print("y     ", tuple(model(inputs).logits.shape), "  four scores at each step")
print()

# Training: all four steps at once. `shift_labels` are the letters that follow each place.
optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad], lr=0.05)
for step in range(1, 301):
    loss = model(inputs, shift_labels=targets).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}   loss = {loss.item():.4f}")
print()

# Writing: one letter at a time. The state goes out of one call and into the next; it is all that the model remembers.
model.eval()
written, state = "h", None
with torch.no_grad():
    for step in range(1, 5):
        letter = torch.tensor([[letters.index(written[-1])]])  # (1, 1): what was written last
        output = model(letter, initial_state=state, return_state=True)

        # The same step by hand, to show that there is nothing else in it.
        h_before = torch.zeros(1, H) if state is None else state[0][0]  # (1, H)
        h = torch.tanh(h_before @ W_hh.T + embedding(letter)[:, 0] @ W_xh.T + cell.bias_ih + cell.bias_hh)  # (1, H)
        y = h @ W_hy.T + b_y  # (1, V)
        torch.testing.assert_close(y, output.logits[:, 0])

        state = output.state  # a tuple over layers, each a tuple of tensors: here one layer with one tensor (1, H)
        following = letters[int(output.logits[0, -1].argmax())]
        scores = "  ".join(f"{name} {score:5.1f}" for name, score in zip(letters, y[0].tolist(), strict=True))
        print(f"step {step}   reads {written[-1]}   h {tuple(h.shape)}   scores {scores}   writes {following}")
        written += following
print(written)

# And the same in one call, as with any language model of Hugging Face.
generated = model.generate(torch.tensor([[0]]), max_new_tokens=4, do_sample=False)
print("generate():", "".join(letters[index] for index in generated[0].tolist()))

# Expected output:
#
# x      (1, 4, 4)   sentences, steps, one-hot places
# W_xh   (3, 4)      from the letter to the hidden state
# W_hh   (3, 3)      from the hidden state to the next one
# b      (3,)
# W_hy   (4, 3)      from the hidden state to the scores
# b_y    (4,)
# h      (1, 4, 3)   one state at each step
# y      (1, 4, 4)   four scores at each step
#
# step 100   loss = 0.0124
# step 200   loss = 0.0050
# step 300   loss = 0.0028
#
# step 1   reads h   h (1, 3)   scores h  -3.0  e   5.3  l  -0.6  o  -2.4   writes e
# step 2   reads e   h (1, 3)   scores h  -1.1  e  -1.2  l   7.8  o  -2.6   writes l
# step 3   reads l   h (1, 3)   scores h  -5.1  e   0.5  l   6.5  o   0.3   writes l
# step 4   reads l   h (1, 3)   scores h  -3.1  e  -3.4  l  -0.4  o   5.6   writes o
# hello
# generate(): hello
