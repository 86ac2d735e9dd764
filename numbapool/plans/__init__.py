"""From windows and a reduction to a kernel that runs."""
