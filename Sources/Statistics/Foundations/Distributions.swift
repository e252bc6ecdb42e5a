import CSpecialFunctions

// Relative accuracy is 1e-12 in the body. Outside its domain a function answers NaN, as a
// distribution has nothing to refuse: the methods that call it parse their arguments.

/// The standard normal distribution.
public enum Normal {
  /// P(Z ≤ z).
  public static func cdf(_ z: Double) -> Double { special_normal_cdf(z) }
  /// P(Z > z), without loss in the far tail.
  public static func tail(_ z: Double) -> Double { special_normal_tail(z) }
  /// log P(Z > z), also where the tail itself is too small for a number.
  public static func logTail(_ z: Double) -> Double { special_normal_log_tail(z) }
  /// The z with P(Z ≤ z) = probability.
  public static func quantile(_ probability: Double) -> Double {
    special_normal_quantile(probability)
  }
  /// The z with P(Z > z) = probability.
  public static func tailQuantile(_ probability: Double) -> Double {
    special_normal_tail_quantile(probability)
  }
  /// The density at z.
  @inline(__always)
  public static func density(_ z: Double) -> Double { 0.3989422804014326779 * exp(-0.5 * z * z) }
}

/// Student's t distribution; infinite degrees of freedom give the normal one.
public enum StudentT {
  /// P(T ≤ t).
  public static func cdf(_ t: Double, degreesOfFreedom: Double) -> Double {
    special_student_cdf(t, degreesOfFreedom)
  }
  /// P(T > t).
  public static func tail(_ t: Double, degreesOfFreedom: Double) -> Double {
    special_student_tail(t, degreesOfFreedom)
  }
  /// The t with P(T ≤ t) = probability.
  public static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
    special_student_quantile(probability, degreesOfFreedom)
  }
  /// P(T ≤ t) when the numerator is shifted by a noncentrality.
  public static func cdf(
    _ t: Double, degreesOfFreedom: Double, noncentrality: Double
  ) -> Double {
    special_noncentral_student_cdf(t, degreesOfFreedom, noncentrality)
  }
  /// P(|T| > |t|).
  public static func twoSided(_ t: Double, degreesOfFreedom: Double) -> Double {
    2 * special_student_tail(abs(t), degreesOfFreedom)
  }
}

/// The chi-square distribution.
public enum ChiSquare {
  /// P(X ≤ x).
  public static func cdf(_ x: Double, degreesOfFreedom: Double) -> Double {
    special_chi_square_cdf(x, degreesOfFreedom)
  }
  /// P(X > x).
  public static func tail(_ x: Double, degreesOfFreedom: Double) -> Double {
    special_chi_square_tail(x, degreesOfFreedom)
  }
  /// The x with P(X ≤ x) = probability.
  public static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
    special_chi_square_quantile(probability, degreesOfFreedom)
  }
  /// The x with P(X > x) = probability.
  public static func tailQuantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
    special_chi_square_tail_quantile(probability, degreesOfFreedom)
  }
}

/// The F distribution.
public enum FDistribution {
  /// P(F > f).
  public static func tail(_ f: Double, numerator: Double, denominator: Double) -> Double {
    special_f_tail(f, numerator, denominator)
  }
}

/// The beta distribution.
public enum Beta {
  /// P(X ≤ x).
  public static func cdf(_ x: Double, _ a: Double, _ b: Double) -> Double {
    special_beta_cdf(x, a, b)
  }
  /// The x with P(X ≤ x) = probability.
  public static func quantile(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    special_beta_quantile(probability, a, b)
  }
  /// The x with P(X > x) = probability.
  public static func tailQuantile(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    special_beta_tail_quantile(probability, a, b)
  }
}

/// The binomial distribution.
public enum Binomial {
  /// P(X = successes).
  public static func probability(_ successes: Int, of trials: Int, rate: Double) -> Double {
    special_binomial_probability(Double(successes), Double(trials), rate)
  }
  /// P(X ≤ successes).
  public static func cdf(_ successes: Int, of trials: Int, rate: Double) -> Double {
    special_binomial_cdf(Double(successes), Double(trials), rate)
  }
  /// P(X > successes).
  public static func tail(_ successes: Int, of trials: Int, rate: Double) -> Double {
    special_binomial_tail(Double(successes), Double(trials), rate)
  }
}
