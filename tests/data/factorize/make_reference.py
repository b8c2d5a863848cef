"""Factorized embeddings as PyTorch trains them, in float64, for tests/methods/factorize.

    python3 make_reference.py > reference.txt        (numpy, torch; made with torch 2.15.0)

A 13 x 9 matrix, the network [8, 6, 4] on 2 + 3 dimensions, embeddings concatenated as published. One line an array:
name, then its numbers. Parameters in the order of replearn's flat array. Weights of the first layer are drawn whole and
then told as their two halves.
"""

import numpy
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(20202)
ROWS, COLUMNS, SAMPLE_DIMS, GENE_DIMS, HIDDEN = 13, 9, 2, 3, [8, 6, 4]


def tensor(values):
    return torch.tensor(numpy.asarray(values, dtype=numpy.float32).astype(numpy.float64))


def tell(name, value):
    print(name, *(repr(number) for number in torch.as_tensor(value).detach().reshape(-1).tolist()))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        normal = lambda *shape: torch.nn.Parameter(tensor(0.6 * random.normal(size=shape)))
        self.samples, self.genes = normal(ROWS, SAMPLE_DIMS), normal(COLUMNS, GENE_DIMS)
        widths = [SAMPLE_DIMS + GENE_DIMS] + HIDDEN + [1]
        self.weights = torch.nn.ParameterList([normal(b, a) for a, b in zip(widths, widths[1:])])
        self.biases = torch.nn.ParameterList([normal(b) for b in widths[1:]])
        self.dispersion = normal(COLUMNS)

    def forward(self):
        rows, columns = torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij")
        h = torch.cat([self.samples[rows.reshape(-1)], self.genes[columns.reshape(-1)]], dim=1)
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            h = torch.nn.functional.linear(h, weight, bias)
            if k < len(HIDDEN):
                h = torch.relu(h)
        return h.reshape(ROWS, COLUMNS)

    def network(self, of=lambda parameter: parameter, dispersion=False):
        first = of(self.weights[0])
        parts = [first[:, :SAMPLE_DIMS], first[:, SAMPLE_DIMS:], of(self.biases[0])]
        for weight, bias in list(zip(self.weights, self.biases))[1:]:
            parts += [of(weight), of(bias)]
        if dispersion:
            parts.append(of(self.dispersion))
        return torch.cat([part.reshape(-1) for part in parts])


x = tensor(numpy.round(random.normal(size=(ROWS, COLUMNS)), 3))
counts = tensor(random.poisson(2.0, (ROWS, COLUMNS)))
tell("x", x)
tell("counts", counts)


def loss_of(name, model):
    y = model()
    if name == "mse":
        return ((y - x) ** 2).mean()
    if name == "sigmoid":
        low, high = x.min(), x.max()
        return ((low + (high - low) * torch.sigmoid(y) - x) ** 2).mean()
    if name == "poisson":
        return -torch.distributions.Poisson(y.exp()).log_prob(counts).mean()
    theta = model.dispersion
    return -torch.distributions.NegativeBinomial(theta.exp(), logits=y - theta).log_prob(counts).mean()


for name in ["mse", "sigmoid", "poisson", "negative_binomial"]:
    model = Model()
    dispersion = name == "negative_binomial"
    tell(f"{name}.network", model.network(dispersion=dispersion))
    tell(f"{name}.samples", model.samples)
    tell(f"{name}.genes", model.genes)
    rule = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
    losses = []
    for step in range(20):
        loss = loss_of(name, model)
        rule.zero_grad()
        loss.backward()
        if step == 0:
            tell(f"{name}.dnetwork", model.network(lambda parameter: parameter.grad, dispersion))
            tell(f"{name}.dsamples", model.samples.grad)
            tell(f"{name}.dgenes", model.genes.grad)
        losses.append(loss.item())
        rule.step()
    tell(f"{name}.losses", losses)
    tell(f"{name}.trained_samples", model.samples)
