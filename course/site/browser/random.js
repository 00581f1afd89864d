// torch's normal numbers as a CPU with AVX2 draws them, bit for bit: a Mersenne Twister (Matsumoto & Nishimura 1998),
// then Box–Muller over blocks of sixteen with the float32 logarithm, sine and cosine of Cephes (Moshier), whose sums of
// products are fused. Not for fewer than sixteen numbers, nor for amounts that sixteen does not divide: torch draws those otherwise.
const f = Math.fround;
const fused = (a, b, c) => f(a * b + c); // a product of two float32 is exact in the browser's doubles
const chain = (x, first, ...rest) => rest.reduce((sum, one) => fused(sum, x, f(one)), f(first));
const bits = new Int32Array(1), float = new Float32Array(bits.buffer);

function twister(seed) {
  const state = new Uint32Array(624);
  state[0] = Number(BigInt.asUintN(32, BigInt(seed))); // torch, too, takes the last 32 bits of a seed
  for (let k = 1; k < 624; k++) state[k] = Math.imul(1812433253, state[k - 1] ^ state[k - 1] >>> 30) + k;
  let at = 624;
  function turn() {
    for (let k = 0; k < 624; k++) {
      const both = state[k] & 0x80000000 | state[(k + 1) % 624] & 0x7fffffff;
      state[k] = state[(k + 397) % 624] ^ both >>> 1 ^ (both & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  }
  return () => {
    if (at === 624) turn();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return (y ^ y >>> 18) >>> 0;
  };
}

function logarithm(number) {
  float[0] = number;
  let e = (bits[0] >>> 23) - 126;
  bits[0] = bits[0] & 0x7fffff | 0x3f000000;
  let x = float[0];
  if (x < f(0.707106781186547524)) { e -= 1; x = f(f(x - 1) + x); } else x = f(x - 1);
  const z = f(x * x);
  const y = f(x * chain(x, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1));
  const rest = fused(z, -0.5, fused(y, z, f(e * f(-2.12194440e-4))));
  return fused(e, 0.693359375, f(x + rest));
}

/** [sine, cosine] of an angle that is not negative. */
function circle(angle) {
  const octant = Math.trunc(f(angle * f(1.27323954473516))) + 1 & ~1;
  const x = [-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8].reduce((left, part) => fused(octant, f(part), left), angle);
  const z = f(x * x);
  const even = f(fused(f(z * chain(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)), z, -0.5 * z) + 1);
  const odd = fused(f(z * chain(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)), x, x);
  const [sine, cosine] = octant & 2 ? [even, odd] : [odd, even];
  return [octant & 4 ? -sine : sine, octant - 2 & 4 ? cosine : -cosine];
}

/** What `torch.randn(count, generator=torch.Generator().manual_seed(seed))` gives. */
export function randn(count, seed) {
  const next = twister(seed), numbers = new Float32Array(count);
  for (let k = 0; k < count; k++) numbers[k] = (next() & 0xffffff) / 0x1000000;
  for (let k = 0; k < count; k += 16)
    for (let j = k; j < k + 8; j++) {
      const radius = f(Math.sqrt(f(-2 * logarithm(f(1 - numbers[j])))));
      const [sine, cosine] = circle(f(f(2 * Math.PI) * numbers[j + 8]));
      numbers[j] = radius * cosine;
      numbers[j + 8] = radius * sine;
    }
  return numbers;
}
