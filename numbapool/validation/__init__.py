"""What callers give: arguments and arrays, checked once, and how they are documented."""
