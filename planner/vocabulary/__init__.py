"""What a scenario means: axes, needs, stock, funds, prices, statements, standing rules."""
