/* Distribution functions of doubles over Boost.Math, as plain C.
 *
 * Outside a function's domain, or where the library cannot answer, the value is NaN;
 * nothing is thrown and nothing is stored. "tail" is the upper tail, "quantile" inverts the
 * lower tail, "tail_quantile" the upper one. */
#ifndef CSPECIALFUNCTIONS_H
#define CSPECIALFUNCTIONS_H

#ifdef __cplusplus
extern "C" {
#endif

double special_normal_cdf(double x);
double special_normal_tail(double x);
double special_normal_log_tail(double x);
double special_normal_quantile(double p);
double special_normal_tail_quantile(double q);

double special_student_cdf(double t, double degrees);
double special_student_tail(double t, double degrees);
double special_student_quantile(double p, double degrees);

double special_noncentral_student_cdf(double t, double degrees, double shift);

double special_chi_square_cdf(double x, double degrees);
double special_chi_square_tail(double x, double degrees);
double special_chi_square_quantile(double p, double degrees);
double special_chi_square_tail_quantile(double q, double degrees);

double special_f_tail(double x, double numerator, double denominator);

double special_beta_cdf(double x, double a, double b);
double special_beta_tail(double x, double a, double b);
double special_beta_quantile(double p, double a, double b);
double special_beta_tail_quantile(double q, double a, double b);

double special_binomial_probability(double successes, double trials, double p);
double special_binomial_cdf(double successes, double trials, double p);
double special_binomial_tail(double successes, double trials, double p);

double special_log_gamma(double x);

/* The elementary functions Swift does not have without a platform library. */
static inline double special_exp(double x) { return __builtin_exp(x); }
static inline double special_expm1(double x) { return __builtin_expm1(x); }
static inline double special_log(double x) { return __builtin_log(x); }
static inline double special_log1p(double x) { return __builtin_log1p(x); }
static inline double special_cos(double x) { return __builtin_cos(x); }
static inline double special_sin(double x) { return __builtin_sin(x); }
static inline double special_acos(double x) { return __builtin_acos(x); }
static inline double special_pow(double x, double y) { return __builtin_pow(x, y); }

#ifdef __cplusplus
}
#endif

#endif
