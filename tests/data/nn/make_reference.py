"""Losses, gradients, whole models and optimisers as PyTorch computes them, in float64, for tests/nn.

    python3 make_reference.py > reference.txt        (numpy, torch; made with torch 2.15.0)

One line an array: name, then its numbers. Inputs are rounded to float32, so that tests in either precision start from
the same numbers.
"""

import numpy
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(20201)


def tensor(values):
    return torch.tensor(numpy.asarray(values, dtype=numpy.float32).astype(numpy.float64), requires_grad=True)


def tell(name, value):
    numbers = value.detach().reshape(-1).tolist() if torch.is_tensor(value) else [float(value)]
    print(name, *(repr(number) for number in numbers))


def tell_loss(name, loss, inputs):
    """The loss, its inputs and its gradients by those that have one."""
    total = loss.sum()
    total.backward()
    tell(f"{name}.loss", total)
    for key, value in inputs.items():
        tell(f"{name}.{key}", value)
        if value.grad is not None:
            tell(f"{name}.d{key}", value.grad)


def losses():
    rows, columns = 4, 5
    normal = lambda scale=1.0: tensor(scale * random.normal(size=(rows, columns)))
    counts = lambda: tensor(random.poisson(1.5, (rows, columns))).detach()
    y, x = normal(), normal().detach()
    tell_loss("squared_error", torch.nn.functional.mse_loss(y, x, reduction="none"), {"y": y, "x": x})
    y, x = normal(3), tensor(random.uniform(size=(rows, columns)).round(3)).detach()
    tell_loss("bernoulli", torch.nn.functional.binary_cross_entropy_with_logits(y, x, reduction="none"),
              {"y": y, "x": x})
    y, x = normal(), counts()
    tell_loss("poisson", -torch.distributions.Poisson(y.exp()).log_prob(x), {"y": y, "x": x})
    y, theta, x = normal(), tensor(2 * random.normal(size=(1, columns))), counts()
    binomial = lambda: torch.distributions.NegativeBinomial(theta.exp(), logits=y - theta).log_prob(x)
    tell_loss("negative_binomial", -binomial(), {"y": y, "theta": theta, "x": x})
    y, theta, x, logit = normal(), tensor(2 * random.normal(size=(1, columns))), counts(), normal(2)
    inflated = torch.where(
        x == 0, torch.logaddexp(torch.nn.functional.logsigmoid(logit),
                                torch.nn.functional.logsigmoid(-logit) + binomial()),
        torch.nn.functional.logsigmoid(-logit) + binomial())
    tell_loss("zinb", -inflated, {"y": y, "theta": theta, "logit": logit, "x": x})
    y, v, x = normal(), normal(), normal().detach()
    tell_loss("gaussian", -torch.distributions.Normal(y, (v / 2).exp()).log_prob(x), {"y": y, "v": v, "x": x})
    kl = torch.distributions.kl_divergence
    y, v = normal(), normal()
    tell_loss("kl_standard",
              kl(torch.distributions.Normal(y, (v / 2).exp()), torch.distributions.Normal(0.0, 1.0)), {"y": y, "v": v})
    y, v, y2, v2 = normal(), normal(), normal(), normal()
    tell_loss("kl", kl(torch.distributions.Normal(y, (v / 2).exp()), torch.distributions.Normal(y2, (v2 / 2).exp())),
              {"y": y, "v": v, "y2": y2, "v2": v2})


class Network(torch.nn.Module):
    """Every layer of the room once: 7 - 12 batch norm, leaky ReLU - 10, tanh - 8 maxout 2 - 6 - outputs."""

    def __init__(self):
        super().__init__()
        self.parts = torch.nn.ModuleList([
            torch.nn.Linear(7, 12), torch.nn.BatchNorm1d(12), torch.nn.Linear(12, 10), torch.nn.Linear(10, 8),
            torch.nn.Linear(4, 6)])
        self.theta = torch.nn.Parameter(torch.zeros(1, 6))
        with torch.no_grad():
            for parameter in self.parameters():
                noise = 0.4 * random.normal(size=tuple(parameter.shape))
                parameter.copy_(torch.tensor(noise.astype(numpy.float32).astype(numpy.float64)))

    def ordered(self):
        """In the order of replearn's flat array."""
        return [parameter for part in self.parts for parameter in (part.weight, part.bias)] + [self.theta]

    def forward(self, x):
        one, norm, two, three, four = self.parts
        h = torch.nn.functional.leaky_relu(norm(one(x)), 0.1)
        h = torch.tanh(two(h))
        h = three(h).reshape(len(x), 4, 2).max(dim=2).values
        return four(h)


def network():
    model = Network()
    x = tensor(random.normal(size=(23, 7)))
    counts = tensor(random.poisson(2.0, (23, 6))).detach()
    tell("network.parameters", torch.cat([p.reshape(-1) for p in model.ordered()]))
    tell("network.x", x)
    tell("network.counts", counts)
    y = model(x)
    loss = -torch.distributions.NegativeBinomial(model.theta.exp(), logits=y - model.theta).log_prob(counts).mean()
    loss.backward()
    tell("network.loss", loss)
    tell("network.gradients", torch.cat([p.grad.reshape(-1) for p in model.ordered()]))
    tell("network.dx", x.grad)
    tell("network.running_mean", model.parts[1].running_mean)
    tell("network.running_variance", model.parts[1].running_var)
    model.eval()
    tell("network.evaluated", model(x))


def optimizers():
    start, target = random.normal(size=9).astype(numpy.float32), random.normal(size=9).astype(numpy.float32)
    tell("optimizer.start", tensor(start))
    tell("optimizer.target", tensor(target))
    rules = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, weight_decay=0.1),
        "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5),
        "adam": lambda p: torch.optim.Adam(p, lr=0.05),
        "adam_l2": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    }
    for name, make in rules.items():
        x = tensor(start)
        rule = make([x])
        for _ in range(12):
            rule.zero_grad()
            ((x - tensor(target).detach()) ** 4).sum().backward()
            rule.step()
        tell(f"optimizer.{name}", x)


losses()
network()
optimizers()
