"""The bound of variational autoencoders and its gradients as PyTorch computes them, in float64, for tests/methods/vae.

    python3 make_reference.py > reference.txt        (numpy, torch; made with torch 1.13.1)

40 cells x 16 genes in 3 batches, at fixed weights and fixed noise, one model for each likelihood and some others. One
line an array: name, then its numbers. Weights in the order of replearn's flat array, the encoder's first one transposed.
"""

import numpy
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(20206)
CELLS, GENES, LEVELS, LATENT, WEIGHT = 40, 16, 3, 2, 0.7


def tensor(values):
    return torch.tensor(numpy.asarray(values, dtype=numpy.float32).astype(numpy.float64))


def tell(name, value):
    print(name, *(repr(number) for number in torch.as_tensor(value).detach().reshape(-1).tolist()))


def counts_of(share):
    made = tensor(random.poisson(1.5, (CELLS, GENES)) * (random.uniform(size=(CELLS, GENES)) < share))
    made[:, 0] += 1
    return made


counts, many_counts = counts_of(0.1), counts_of(0.7)
shares = tensor(random.uniform(size=(CELLS, GENES)).round(3))
values = tensor(random.normal(size=(CELLS, GENES)).round(3))
batch = torch.arange(CELLS) % LEVELS
one_hot = torch.nn.functional.one_hot(batch, LEVELS).to(torch.float64)
noise = tensor(random.normal(size=(CELLS, LATENT)))
for name, value in [("counts", counts), ("many_counts", many_counts), ("shares", shares), ("values", values), ("noise", noise)]:
    tell(name, value)


def normal(*shape):
    return tensor(0.5 * random.normal(size=shape)).requires_grad_()


class Model:
    def __init__(self, likelihood, encoder, decoder, batch_norm=True, activation=torch.relu, library=True,
                 encode_batch=False, isotropic=False, log1p=None, many=False):
        self.likelihood, self.activation, self.library = likelihood, activation, library
        self.encode_batch, self.isotropic, self.many = encode_batch, isotropic, many
        self.of_counts = likelihood in ("poisson", "nb", "zinb")
        self.log1p = self.of_counts if log1p is None else log1p
        self.flat = []
        inputs = GENES + (LEVELS if encode_batch else 0)
        self.encoder = self.layers([inputs] + encoder, batch_norm)
        self.latent = self.linear(([inputs] + encoder)[-1], 2 * LATENT)
        self.decoder = self.layers([LATENT + LEVELS] + decoder, batch_norm)
        last = ([LATENT + LEVELS] + decoder)[-1]
        self.output = self.linear(last, GENES)
        if likelihood == "zinb":
            self.zero = self.linear(last, GENES)
        if likelihood in ("gaussian", "nb", "zinb"):
            self.dispersion = normal(1 if isotropic else GENES)
            self.flat.append(self.dispersion)

    def linear(self, inputs, outputs):
        weight, bias = normal(outputs, inputs), normal(outputs)
        self.flat += [weight, bias]
        return weight, bias

    def layers(self, widths, batch_norm):
        made = []
        for inputs, outputs in zip(widths, widths[1:]):
            linear = self.linear(inputs, outputs)
            norm = None
            if batch_norm:
                norm = ((1 + 0.5 * normal(outputs)).detach().requires_grad_(), normal(outputs))
                self.flat += norm
            made.append((linear, norm))
        return made

    def hidden(self, layers, h):
        for linear, norm in layers:
            h = torch.nn.functional.linear(h, *linear)
            if norm:
                h = torch.nn.functional.batch_norm(h, None, None, *norm, training=True, eps=1e-3)
            h = self.activation(h)
        return h

    def bound(self):
        of_counts = many_counts if self.many else counts
        x = of_counts if self.of_counts else shares if self.likelihood == "bernoulli" else values
        h = torch.log1p(x) if self.log1p else x
        if self.encode_batch:
            h = torch.cat([h, one_hot], dim=1)
        moments = torch.nn.functional.linear(self.hidden(self.encoder, h), *self.latent)
        q = torch.distributions.Normal(moments[:, :LATENT], torch.sqrt(torch.exp(moments[:, LATENT:]) + 1e-4))
        divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0, 1)).sum()
        z = q.loc + q.scale * noise
        h = self.hidden(self.decoder, torch.cat([z, one_hot], dim=1))
        y = torch.nn.functional.linear(h, *self.output)
        if self.of_counts and self.library:
            mean = torch.softmax(y, dim=1) * x.sum(dim=1, keepdim=True)
        else:
            mean = torch.exp(y)
        if self.likelihood == "gaussian":
            log_p = torch.distributions.Normal(y, torch.exp(self.dispersion / 2)).log_prob(x)
        elif self.likelihood == "bernoulli":
            log_p = -torch.nn.functional.binary_cross_entropy_with_logits(y, x, reduction="none")
        elif self.likelihood == "poisson":
            log_p = torch.distributions.Poisson(mean).log_prob(x)
        else:
            theta = torch.exp(self.dispersion)
            log_p = torch.distributions.NegativeBinomial(theta, logits=torch.log(mean) - torch.log(theta)).log_prob(x)
            if self.likelihood == "zinb":
                inflated = torch.sigmoid(torch.nn.functional.linear(h, *self.zero))
                log_p = torch.where(x == 0, torch.log(inflated + (1 - inflated) * torch.exp(log_p)),
                                    torch.log(1 - inflated) + log_p)
        return -log_p.sum(), divergence

    def tell(self, name):
        def told(arrays):
            first = [arrays[0].T] + arrays[1:]
            return torch.cat([array.reshape(-1) for array in first])

        reconstruction, divergence = self.bound()
        ((reconstruction + WEIGHT * divergence) / CELLS).backward()
        tell(f"{name}.weights", told([array.detach() for array in self.flat]))
        tell(f"{name}.gradients", told([array.grad for array in self.flat]))
        tell(f"{name}.bound", torch.stack([reconstruction, divergence]))


for likelihood in ["gaussian", "bernoulli", "poisson", "nb", "zinb"]:
    Model(likelihood, [5], [6]).tell(likelihood)
Model("gaussian", [], [], isotropic=True).tell("linear")
Model("nb", [5, 4], [6, 3], batch_norm=False, activation=torch.tanh, encode_batch=True).tell("deep")
Model("zinb", [6, 5], [4, 5], encode_batch=True, many=True).tell("deep_norm")
Model("poisson", [4], [4], library=False, log1p=False).tell("free")
