"""One step of ALI / BiGAN as PyTorch computes it, in float64, for tests/methods/bigan.

    python3 make_reference.py > reference.txt        (numpy, torch; made with torch 1.13.0)

One line an array: name, then its numbers. Weights and gradients in the order and orientation of bigan::Mlp. A step is
the discriminator's gradient, its update by Adam, then that of encoder and generator through the new discriminator,
and theirs.
"""

import numpy
import torch
from torch import nn
from torch.nn.functional import softplus

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(4)
ROWS, COLUMNS, LATENT = 6, 5, 3
HIDDEN, DISCRIMINATOR = [7, 4], [6, 5]


class Maxout(nn.Module):
    def forward(self, x):
        return x.reshape(len(x), -1, 2).max(dim=2).values


class Mlp(nn.Module):
    def __init__(self, inputs, hidden, outputs, unit, batch_norm=False, spectral=False):
        super().__init__()
        pieces = 2 if unit is Maxout else 1
        sizes = [inputs, *hidden]
        self.linears, self.norms = nn.ModuleList(), nn.ModuleList()
        for a, b in zip(sizes, hidden):
            self.linears.append(nn.Linear(a, b * pieces))
            self.norms.append(nn.BatchNorm1d(b * pieces) if batch_norm else nn.Identity())
        self.linears.append(nn.Linear(sizes[-1], outputs))
        self.unit = unit()
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.tensor(random.normal(size=parameter.shape)))
        if spectral:  # the first weight is kept transposed there, and so are its vectors
            for k, linear in enumerate(self.linears):
                nn.utils.spectral_norm(linear, dim=1 if k == 0 else 0)
                with torch.no_grad():
                    linear.weight_u.copy_(torch.tensor(random.normal(size=linear.weight_u.shape)))

    def forward(self, x):
        for linear, norm in zip(self.linears[:-1], self.norms):
            x = self.unit(norm(linear(x)))
        return self.linears[-1](x)

    def flat(self, of):
        """Weights or gradients in one array."""
        arrays = []
        for k, linear in enumerate(self.linears):
            weight = of(getattr(linear, "weight_orig", linear.weight))
            arrays += [weight.T if k == 0 else weight, of(linear.bias)]
            if k < len(self.norms) and not isinstance(self.norms[k], nn.Identity):
                arrays += [of(self.norms[k].weight), of(self.norms[k].bias)]
        return torch.cat([array.reshape(-1) for array in arrays])


def tell(name, values):
    print(name, *(repr(float(number)) for number in values.detach().reshape(-1)))


def normal(*shape):
    return torch.tensor(random.normal(size=shape))


def play(name, deterministic, saturating, smoothing, penalty, unit, discriminator_unit, batch_norm, spectral, cycle=0):
    x, z, noise = normal(ROWS, COLUMNS), normal(ROWS, LATENT), normal(ROWS, LATENT)
    between = torch.tensor(random.uniform(size=(ROWS, 1)))
    encoder = Mlp(COLUMNS, HIDDEN, LATENT * (1 if deterministic else 2), unit, batch_norm)
    generator = Mlp(LATENT, HIDDEN[::-1], COLUMNS, unit, batch_norm)
    discriminator = Mlp(COLUMNS + LATENT, DISCRIMINATOR, 1, discriminator_unit, spectral=spectral)
    value, gradient = (lambda p: p), (lambda p: p.grad)
    for key, array in {"x": x, "z": z, "noise": noise, "between": between}.items():
        tell(f"{name}.{key}", array)
    tell(f"{name}.discriminator", discriminator.flat(value))
    tell(f"{name}.encoder_generator", torch.cat([encoder.flat(value), generator.flat(value)]))
    if spectral:
        tell(f"{name}.u", torch.cat([linear.weight_u for linear in discriminator.linears]))
    discriminator_rule = torch.optim.Adam(discriminator.parameters(), lr=0.01, betas=(0.5, 0.99))
    encoder_generator_rule = torch.optim.Adam([*encoder.parameters(), *generator.parameters()], lr=0.01, betas=(0.5, 0.99))

    code = encoder(x)
    encoded = code if deterministic else code[:, :LATENT] + torch.exp(code[:, LATENT:] / 2) * noise
    generated = generator(z)
    pairs = torch.cat([torch.cat([x, encoded], 1), torch.cat([generated, z], 1)])

    seen = pairs.detach().requires_grad_()
    f = discriminator(seen)
    loss = (softplus(f[:ROWS]) - (1 - smoothing) * f[:ROWS] + softplus(f[ROWS:])).sum() / ROWS
    tell(f"{name}.discriminator_loss", loss)
    if penalty == "between":
        at = (seen[:ROWS] + between * (seen[ROWS:] - seen[:ROWS])).detach().requires_grad_()
        discriminator.eval()  # no further power iteration
        slope = torch.autograd.grad(discriminator(at).sum(), at, create_graph=True)[0]
        discriminator.train()
    else:
        slope = torch.autograd.grad(f.sum(), seen, create_graph=True)[0]
        slope = slope[:ROWS] if penalty == "r1" else slope
    if penalty:
        tell(f"{name}.penalty", slope.square().sum())
        loss = loss + 0.7 / 2 * slope.square().sum() / ROWS
    loss.backward()
    tell(f"{name}.ddiscriminator", discriminator.flat(gradient))
    discriminator_rule.step()
    tell(f"{name}.new_discriminator", discriminator.flat(value))

    f = discriminator(pairs)
    swapped = softplus(f[:ROWS]) + softplus(-f[ROWS:])
    minus = -softplus(-f[:ROWS]) - softplus(f[ROWS:])
    loss = (minus if saturating else swapped).sum() / ROWS
    if cycle:
        loss = loss + cycle * (x - generator(encoded)).square().mean()
    tell(f"{name}.encoder_generator_loss", loss)
    loss.backward()
    tell(f"{name}.dencoder_generator", torch.cat([encoder.flat(gradient), generator.flat(gradient)]))
    encoder_generator_rule.step()
    tell(f"{name}.new_encoder_generator", torch.cat([encoder.flat(value), generator.flat(value)]))


leaky = lambda: nn.LeakyReLU(0.2)
play("ali", False, False, 0, "both", leaky, Maxout, True, False)
play("bigan", True, True, 0.1, None, nn.ReLU, leaky, False, True)
play("between", False, False, 0, "between", nn.Tanh, nn.Tanh, False, False)
play("r1", False, True, 0, "r1", Maxout, nn.Softplus, True, False)
play("alice", False, False, 0, None, leaky, leaky, True, False, cycle=1.7)
