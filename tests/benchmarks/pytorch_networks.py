"""The workbench's LSTM and its transformer as their users would write them in PyTorch.

Same layers, same numbers of weights, same mathematics: ``tests/zoo/test_pytorch_networks.py`` gives both sides the same weights and holds
them to the same logits, all positions at once and step by step. Nothing in the workbench needs this; PyTorch is not among its requirements.

B is the batch, T the positions, W the width, H the heads, D = W / H, L the reach.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-3  # of Keras' normalisation
EMBEDDING = 64


class LSTMNetwork(nn.Module):
    """Tokens, a table, stacked LSTM, one dense layer.

    A step can go through ``nn.LSTM`` with hidden and memory carried, or cell by cell, as those write it who have measured: PyTorch's
    oneDNN brings the weights into another order at every call of the former.
    """

    def __init__(
        self, tokens: int, *, units: int, layers: int, dropout: float, cells: bool = False
    ) -> None:
        super().__init__()
        self.cells = cells
        self.table = nn.Embedding(tokens, EMBEDDING)
        self.stack = nn.LSTM(EMBEDDING, units, layers, batch_first=True, dropout=dropout)
        self.hide = nn.Dropout(dropout)
        self.logits = nn.Linear(units, tokens)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        return self.logits(self.hide(self.stack(self.table(tokens))[0]))

    def start(self) -> None:
        """No state before the first token."""

    def step(self, token: Tensor, state: Any) -> tuple[Tensor, Any]:
        """(B,) and hidden and memory: logits (B, V), and the next."""
        x = self.table(token)
        if not self.cells:
            out, state = self.stack(x[:, None], state)
            return self.logits(out[:, -1]), state
        nothing = x.new_zeros(len(x), self.stack.hidden_size)
        following = []
        for layer, weights in enumerate(self.stack.all_weights):
            x, memory = torch.lstm_cell(x, state[layer] if state else (nothing, nothing), *weights)
            following.append((x, memory))
        return self.logits(x), following


class Attention(nn.Module):
    """Causal, with a learned vector for every distance (skewing after Huang et al. 2019)."""

    def __init__(self, width: int, heads: int, reach: int, *, fused: bool) -> None:
        super().__init__()
        self.heads, self.reach, self.fused = heads, reach, fused
        self.entering = nn.Linear(width, 3 * width, bias=False)
        self.leaving = nn.Linear(width, width, bias=False)
        self.distance = nn.Parameter(torch.randn(reach, width) * 0.02)

    def forward(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        each = width // self.heads
        query, key, value = (
            part.transpose(1, 2) for part in
            self.entering(x).view(batch, steps, 3, self.heads, each).unbind(2)
        )  # fmt: skip
        table = self.distance[self.reach - steps :].view(steps, self.heads, each).permute(1, 2, 0)
        by_distance = query @ table  # (B, H, T, T), from the farthest to 0
        skewed = functional.pad(by_distance, (1, 0)).view(batch, self.heads, steps + 1, steps)
        later = torch.ones(steps, steps, dtype=torch.bool, device=x.device).triu(1)
        bias = skewed[:, :, 1:].masked_fill(later, -math.inf)
        if self.fused:
            bias = (bias / math.sqrt(each)).to(query.dtype)
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        else:
            scores = (query @ key.transpose(2, 3) + bias) / math.sqrt(each)
            found = scores.softmax(-1).to(value.dtype) @ value
        return self.leaving(found.transpose(1, 2).reshape(batch, steps, width))

    def step(self, x: Tensor, cache: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple]:
        """(B, W), keys and values (B, H, n, D) of the n positions before: (B, W), and these with one more."""
        batch, width = x.shape
        query, key, value = self.entering(x).view(batch, 3, self.heads, 1, -1).unbind(1)
        if cache is not None:
            key = torch.cat([cache[0][:, :, 1 - self.reach :], key], 2)
            value = torch.cat([cache[1][:, :, 1 - self.reach :], value], 2)
        known = key.shape[2]
        each = width // self.heads
        table = self.distance[self.reach - known :].view(known, self.heads, each).transpose(0, 1)
        # The vector of a distance stands beside the key that lies so far back: one product for both.
        scores = (query @ (key + table).transpose(2, 3)) / math.sqrt(each)
        found = (scores.softmax(-1) @ value).reshape(batch, width)
        return self.leaving(found), (key, value)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, reach: int, dropout: float, *, fused: bool) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, EPSILON)
        self.attention = Attention(width, heads, reach, fused=fused)
        self.inner_norm = nn.LayerNorm(width, EPSILON)
        self.inner = nn.Linear(width, 4 * width)
        self.outer = nn.Linear(4 * width, width)
        self.hide = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.hide(self.attention(self.attention_norm(x)))
        return x + self.hide(self.outer(functional.relu(self.inner(self.inner_norm(x)))))

    def step(self, x: Tensor, cache: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple]:
        found, cache = self.attention.step(self.attention_norm(x), cache)
        x = x + found
        return x + self.outer(functional.relu(self.inner(self.inner_norm(x)))), cache


class Transformer(nn.Module):
    """A decoder with relative attention, normalised before each part."""

    def __init__(
        self, tokens: int, *, width: int, layers: int, heads: int, reach: int, dropout: float,
        fused: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.table = nn.Embedding(tokens, EMBEDDING)
        self.widen = nn.Linear(EMBEDDING, width)
        self.blocks = nn.ModuleList(
            Block(width, heads, reach, dropout, fused=fused) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width, EPSILON)
        self.logits = nn.Linear(width, tokens)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        x = self.widen(self.table(tokens))
        for block in self.blocks:
            x = block(x)
        return self.logits(self.norm(x))

    def start(self) -> list[None]:
        """No keys and values before the first token."""
        return [None] * len(self.blocks)

    def step(self, token: Tensor, state: list) -> tuple[Tensor, list]:
        """(B,) and a cache for each block: logits (B, V), and the next."""
        x = self.widen(self.table(token))
        following = []
        for block, cache in zip(self.blocks, state, strict=True):
            x, cache = block.step(x, cache)
            following.append(cache)
        return self.logits(self.norm(x)), following
