/* The training steps of W5 and W6 as one would write them by hand for speed: forward, backward and
   gradients of a whole batch of at most 104 rows.

   The batch lies in the lanes: a feature is NV vectors of eight rows. A matrix product keeps a block
   of sums in registers; the sizes are constants, so that the compiler unrolls it. The parameters lie
   as nn.MLP lists them: for each neuron its weights, then its bias.
   gcc -O3 -march=native -ffast-math -shared -fPIC by_hand.c -lm */

#include <math.h>
#include <string.h>

typedef double v8 __attribute__((vector_size(64)));
typedef double v8u __attribute__((vector_size(64), aligned(8)));
typedef long long mask __attribute__((vector_size(64)));
#define INLINE static inline __attribute__((always_inline))

enum { LANES = 8, NV = 13, ROWS = NV * LANES };

INLINE v8 splat(double x) { return (v8){x, x, x, x, x, x, x, x}; }

/* x where the lane is chosen, else 0. */
INLINE v8 where(mask chosen, v8 x) { return (v8)(chosen & (mask)x); }

INLINE double lanes_sum(v8 v)
{
    double s = 0;
    for (int i = 0; i < LANES; i++) s += v[i];
    return s;
}

/* z[j] = b[j] + Σ w[j,k]·x[k] for JB neurons and VB vectors of rows, the sums in registers. */
INLINE void product_block(const int JB, const int VB, int K, const double *w, int wj, int wk, const double *b, int bj,
                          const v8 *x, v8 *z)
{
    v8 sum[JB][VB];
#pragma GCC unroll 8
    for (int j = 0; j < JB; j++)
#pragma GCC unroll 8
        for (int v = 0; v < VB; v++) sum[j][v] = splat(b ? b[j * bj] : 0.0);
    for (int k = 0; k < K; k++)
#pragma GCC unroll 8
        for (int j = 0; j < JB; j++) {
            const v8 weight = splat(w[j * wj + k * wk]);
#pragma GCC unroll 8
            for (int v = 0; v < VB; v++) sum[j][v] += weight * x[k * NV + v];
        }
#pragma GCC unroll 8
    for (int j = 0; j < JB; j++)
#pragma GCC unroll 8
        for (int v = 0; v < VB; v++) z[j * NV + v] = sum[j][v];
}

/* The whole product; w[j,k] is w[j·wj + k·wk], so that the same function takes the transposed. */
INLINE void product(const int JB, int J, int K, const double *w, int wj, int wk, const double *b, int bj, const v8 *x, v8 *z)
{
    for (int j = 0; j < J; j += JB) {
        product_block(JB, 5, K, w + j * wj, wj, wk, b ? b + j * bj : 0, bj, x, z + j * NV);
        product_block(JB, 4, K, w + j * wj, wj, wk, b ? b + j * bj : 0, bj, x + 5, z + j * NV + 5);
        product_block(JB, 4, K, w + j * wj, wj, wk, b ? b + j * bj : 0, bj, x + 9, z + j * NV + 9);
    }
}

/* dw[j,k] = Σ over rows of dz[j]·x[k], in blocks of JB × KB sums; db[j] = Σ over rows of dz[j]. */
INLINE void outer(const int JB, const int KB, int J, int K, const v8 *dz, const v8 *x, double *dw)
{
    for (int j = 0; j < J; j += JB) {
        for (int k = 0; k < K; k += KB) {
            v8 sum[JB][KB];
#pragma GCC unroll 8
            for (int a = 0; a < JB; a++)
#pragma GCC unroll 8
                for (int b = 0; b < KB; b++) sum[a][b] = splat(0.0);
            for (int v = 0; v < NV; v++)
#pragma GCC unroll 8
                for (int a = 0; a < JB; a++)
#pragma GCC unroll 8
                    for (int b = 0; b < KB; b++) sum[a][b] += dz[(j + a) * NV + v] * x[(k + b) * NV + v];
#pragma GCC unroll 8
            for (int a = 0; a < JB; a++)
#pragma GCC unroll 8
                for (int b = 0; b < KB; b++) dw[(j + a) * (K + 1) + k + b] = lanes_sum(sum[a][b]);
        }
        for (int a = 0; a < JB; a++) {
            v8 sum = splat(0.0);
            for (int v = 0; v < NV; v++) sum += dz[(j + a) * NV + v];
            dw[(j + a) * (K + 1) + K] = lanes_sum(sum);
        }
    }
}

INLINE void relu(int n, v8 *z)
{
    for (int i = 0; i < n * NV; i++) z[i] = where(z[i] > 0, z[i]);
}

INLINE void relu_back(int n, const v8 *h, v8 *dh)
{
    for (int i = 0; i < n * NV; i++) dh[i] = where(h[i] > 0, dh[i]);
}

/* Rows of `width` numbers into lanes, the first `n` columns of them; rows that are not there are zero. */
INLINE void into_lanes(int rows, int width, int n, const double *X, v8 *x)
{
    for (int k = 0; k < n; k++) {
        double *out = (double *)(x + k * NV);
        for (int r = 0; r < rows; r++) out[r] = X[r * width + k];
        for (int r = rows; r < ROWS; r++) out[r] = 0;
    }
}

/* W5: MLP(2, [16, 16, 1]), relu; rows of X are x₀, x₁, t with t = ±1.
   mean of max(0, 1 − t·score) + 1e-4·Σ p² over all parameters. */
double w5(int rows, const double *theta, const double *X, double *grad)
{
    static _Thread_local v8 x[3 * NV], h1[16 * NV], h2[16 * NV], o[NV], d_o[NV], dh1[16 * NV], dh2[16 * NV];
    const double *w1 = theta, *w2 = theta + 48, *w3 = theta + 48 + 272;
    double *g1 = grad, *g2 = grad + 48, *g3 = grad + 48 + 272;
    const int P = 337;

    into_lanes(rows, 3, 3, X, x);
    const v8 *t = x + 2 * NV;
    product(4, 16, 2, w1, 3, 1, w1 + 2, 3, x, h1);
    relu(16, h1);
    product(4, 16, 16, w2, 17, 1, w2 + 16, 17, h1, h2);
    relu(16, h2);
    product(1, 1, 16, w3, 17, 1, w3 + 16, 17, h2, o);

    v8 losses = splat(0.0);
    for (int v = 0; v < NV; v++) {
        v8 margin = splat(1.0) - t[v] * o[v];
        d_o[v] = where(margin > 0, -t[v] * (1.0 / rows));
        margin = where(margin > 0, margin);
        if ((v + 1) * LANES > rows)
            for (int i = 0; i < LANES; i++)
                if (v * LANES + i >= rows) margin[i] = 0;
        losses += margin;
    }

    product(4, 16, 1, w3, 1, 0, 0, 0, d_o, dh2);
    relu_back(16, h2, dh2);
    product(4, 16, 16, w2, 1, 17, 0, 0, dh2, dh1);
    relu_back(16, h1, dh1);
    outer(1, 4, 1, 16, d_o, h2, g3);
    outer(4, 4, 16, 16, dh2, h1, g2);
    outer(4, 2, 16, 2, dh1, x, g1);

    double squares = 0;
    for (int i = 0; i < P; i++) {
        squares += theta[i] * theta[i];
        grad[i] += 2e-4 * theta[i];
    }
    return lanes_sum(losses) / rows + 1e-4 * squares;
}

/* W6: MLP(64, [64, 10]), relu; rows of X are 64 inputs and 10 targets, one of them 1.
   mean of the cross-entropy of the softmax of the outputs. */
double w6(int rows, const double *theta, const double *X, double *grad)
{
    static _Thread_local v8 x[74 * NV], h[64 * NV], z[10 * NV], dz[10 * NV], dh[64 * NV];
    const double *w1 = theta, *w2 = theta + 64 * 65;
    double *g1 = grad, *g2 = grad + 64 * 65;

    into_lanes(rows, 74, 74, X, x);
    const v8 *t = x + 64 * NV;
    product(4, 64, 64, w1, 65, 1, w1 + 64, 65, x, h);
    relu(64, h);
    product(5, 10, 64, w2, 65, 1, w2 + 64, 65, h, z);

    double *Z = (double *)z, *D = (double *)dz;
    const double *T = (const double *)t;
    double largest[ROWS], sums[ROWS], right[ROWS], loss = 0;
    for (int r = 0; r < ROWS; r++) largest[r] = Z[r], sums[r] = 0, right[r] = 0;
    for (int j = 1; j < 10; j++)
        for (int r = 0; r < ROWS; r++) largest[r] = largest[r] > Z[j * ROWS + r] ? largest[r] : Z[j * ROWS + r];
    for (int j = 0; j < 10; j++)
        for (int r = 0; r < ROWS; r++) {
            D[j * ROWS + r] = exp(Z[j * ROWS + r] - largest[r]);
            sums[r] += D[j * ROWS + r];
            right[r] += T[j * ROWS + r] * Z[j * ROWS + r];
        }
    for (int r = 0; r < rows; r++) loss += largest[r] + log(sums[r]) - right[r];
    for (int r = 0; r < ROWS; r++) sums[r] = r < rows ? 1.0 / (sums[r] * rows) : 0.0;
    for (int j = 0; j < 10; j++)
        for (int r = 0; r < ROWS; r++) D[j * ROWS + r] = D[j * ROWS + r] * sums[r] - T[j * ROWS + r] / rows;

    product(4, 64, 10, w2, 1, 65, 0, 0, dz, dh);
    relu_back(64, h, dh);
    outer(5, 4, 10, 64, dz, h, g2);
    outer(4, 4, 64, 64, dh, x, g1);
    return loss / rows;
}
