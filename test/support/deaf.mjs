// Computes for ever, like a long step of a training, and hears nothing.
process.stderr.write('busy\n')
for (;;) Math.sqrt(2)
