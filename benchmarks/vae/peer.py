"""scVI's model in PyTorch, as a user would write it: what replearn vae is measured beside."""
import numpy
import torch
from torch.nn.functional import relu, softmax, softplus


class Vae(torch.nn.Module):
    """One hidden layer, batch norm and ReLU in encoder and decoder; means are shares of the cell's sum."""

    def __init__(self, genes, hidden=128, latent=10, dropout=0.1, zero_inflated=False):
        super().__init__()
        linear, norm = torch.nn.Linear, lambda: torch.nn.BatchNorm1d(hidden, momentum=0.01, eps=1e-3)
        self.encoder = torch.nn.Sequential(linear(genes, hidden), norm(), torch.nn.ReLU(), torch.nn.Dropout(dropout))
        self.mean, self.log_variance = linear(hidden, latent), linear(hidden, latent)
        self.decoder = torch.nn.Sequential(linear(latent, hidden), norm(), torch.nn.ReLU())
        self.share, self.zero = linear(hidden, genes), linear(hidden, genes) if zero_inflated else None
        self.log_theta = torch.nn.Parameter(torch.randn(genes))

    def forward(self, x):
        """-log p(x|z) and KL, of each cell."""
        h = self.encoder(torch.log1p(x))
        mean, variance = self.mean(h), torch.exp(self.log_variance(h)) + 1e-4
        z = mean + torch.sqrt(variance) * torch.randn_like(mean)
        divergence = 0.5 * (mean ** 2 + variance - torch.log(variance) - 1).sum(dim=1)
        h = self.decoder(z)
        mu = x.sum(dim=1, keepdim=True) * softmax(self.share(h), dim=1)
        theta, eps = torch.exp(self.log_theta), 1e-8
        log_sum = torch.log(theta + mu + eps)
        if self.zero is None:
            log_p = (theta * (torch.log(theta + eps) - log_sum) + x * (torch.log(mu + eps) - log_sum)
                     + torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1))
        else:  # as in scvi-tools
            logit = self.zero(h)
            log_zero = theta * (torch.log(theta + eps) - log_sum)
            of_zero = softplus(log_zero - logit) - softplus(-logit)
            of_count = (-softplus(-logit) - logit + log_zero + x * (torch.log(mu + eps) - log_sum)
                        + torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1))
            log_p = torch.where(x < eps, of_zero, of_count)
        return -log_p.sum(dim=1), divergence


def batches(counts, rows, size, random):
    """Dense tensors of the rows in random order, from a dense tensor or a sparse matrix."""
    order = random.permutation(rows)
    for begin in range(0, len(order), size):
        chosen = order[begin:begin + size]
        if torch.is_tensor(counts):
            yield counts[torch.from_numpy(chosen)]
        else:
            yield torch.from_numpy(counts[chosen].toarray())


def train(counts, rows, epochs, batch, warmup, seed=0, **settings):
    """Epochs of Adam over these rows; yields the model after each."""
    torch.manual_seed(seed)
    random = numpy.random.default_rng(seed)
    model = Vae(counts.shape[1], zero_inflated=settings.get("zero_inflated", False))
    rule = torch.optim.Adam(model.parameters(), lr=1e-3, eps=settings.get("eps", 1e-8),
                            weight_decay=settings.get("weight_decay", 0))
    for epoch in range(epochs):
        model.train()
        weight = min(1, epoch / warmup)
        for x in batches(counts, rows, batch, random):
            reconstruction, divergence = model(x)
            loss = (reconstruction + weight * divergence).mean()
            rule.zero_grad(set_to_none=True)
            loss.backward()
            rule.step()
            yield_step = settings.get("on_step")
            if yield_step and yield_step():
                return
        yield model


def elbo(model, counts, rows):
    """Mean over these cells, one draw each, by running statistics."""
    model.eval()
    with torch.no_grad():
        x = torch.from_numpy(counts[rows].toarray()) if not torch.is_tensor(counts) else counts[torch.from_numpy(rows)]
        reconstruction, divergence = model(x)
    return -(reconstruction + divergence).mean().item()
