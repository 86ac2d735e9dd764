"""What the modules for neighbours (`torch.py`, `dask.py`, …) are made of."""
