import CTorch
print(ct_probe())
