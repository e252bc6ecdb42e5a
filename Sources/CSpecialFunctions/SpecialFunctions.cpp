#include "CSpecialFunctions.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

namespace {

namespace bm = boost::math;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kLogRootTwoPi = 0.91893853320467274178;

// No exception may cross into Swift: whatever goes wrong inside becomes NaN here.
template <class Body> double answered(Body body) noexcept {
  try {
    return static_cast<double>(body());
  } catch (...) {
    return kNaN;
  }
}

} // namespace

extern "C" {

double special_normal_cdf(double x) { return 0.5 * std::erfc(-x * kRootHalf); }

double special_normal_tail(double x) { return 0.5 * std::erfc(x * kRootHalf); }

double special_normal_log_tail(double x) {
  if (x < 30) return std::log(special_normal_tail(x));
  // Asymptotic series of Mills' ratio, Abramowitz and Stegun 26.2.12; at 30 the term left out is
  // below 1e-12 of the sum.
  const double u = 1 / (x * x);
  const double series = 1 - u * (1 - u * (3 - u * (15 - u * (105 - u * 945))));
  return -0.5 * x * x - kLogRootTwoPi - std::log(x) + std::log(series);
}

double special_normal_quantile(double p) {
  if (p == 0) return -std::numeric_limits<double>::infinity();
  if (p == 1) return std::numeric_limits<double>::infinity();
  return answered([&] { return -bm::erfc_inv(2 * p) / kRootHalf; });
}

double special_normal_tail_quantile(double q) { return -special_normal_quantile(q); }

double special_student_cdf(double t, double degrees) {
  if (std::isinf(degrees)) return special_normal_cdf(t);
  return answered([&] { return bm::cdf(bm::students_t(degrees), t); });
}

double special_student_tail(double t, double degrees) {
  return special_student_cdf(-t, degrees);
}

double special_student_quantile(double p, double degrees) {
  if (std::isinf(degrees)) return special_normal_quantile(p);
  return answered([&] { return bm::quantile(bm::students_t(degrees), p); });
}

double special_noncentral_student_cdf(double t, double degrees, double shift) {
  return answered([&] { return bm::cdf(bm::non_central_t(degrees, shift), t); });
}

double special_chi_square_cdf(double x, double degrees) {
  return answered([&] { return bm::cdf(bm::chi_squared(degrees), x); });
}

double special_chi_square_tail(double x, double degrees) {
  return answered([&] { return bm::cdf(bm::complement(bm::chi_squared(degrees), x)); });
}

double special_chi_square_quantile(double p, double degrees) {
  return answered([&] { return bm::quantile(bm::chi_squared(degrees), p); });
}

double special_chi_square_tail_quantile(double q, double degrees) {
  return answered([&] { return bm::quantile(bm::complement(bm::chi_squared(degrees), q)); });
}

double special_f_tail(double x, double numerator, double denominator) {
  if (std::isinf(denominator)) return special_chi_square_tail(x * numerator, numerator);
  return answered(
      [&] { return bm::cdf(bm::complement(bm::fisher_f(numerator, denominator), x)); });
}

double special_beta_cdf(double x, double a, double b) {
  return answered([&] { return bm::ibeta(a, b, x); });
}

double special_beta_tail(double x, double a, double b) {
  return answered([&] { return bm::ibetac(a, b, x); });
}

double special_beta_quantile(double p, double a, double b) {
  return answered([&] { return bm::ibeta_inv(a, b, p); });
}

double special_beta_tail_quantile(double q, double a, double b) {
  return answered([&] { return bm::ibetac_inv(a, b, q); });
}

double special_binomial_probability(double successes, double trials, double p) {
  return answered([&] { return bm::pdf(bm::binomial(trials, p), successes); });
}

double special_binomial_cdf(double successes, double trials, double p) {
  if (successes < 0) return 0;
  return answered([&] { return bm::cdf(bm::binomial(trials, p), successes); });
}

double special_binomial_tail(double successes, double trials, double p) {
  if (successes < 0) return 1;
  return answered([&] { return bm::cdf(bm::complement(bm::binomial(trials, p), successes)); });
}

double special_log_gamma(double x) {
  return answered([&] { return bm::lgamma(x); });
}
}
