/// The designs that think of an urn from which arms are drawn.
package enum Urns {
  /// Zhao & Weng, Contemp Clin Trials 2011;32:953-961: w_k = (lambda + q) r_k - n_k, where q
  /// counts the complete minimal blocks so far.
  package static func blockUrn(_ counts: [Int], ratios: [Int], lambda: Int) -> [UInt64] {
    let complete = zip(counts, ratios).map { $0 / $1 }.min() ?? 0
    return zip(counts, ratios).map { count, ratio in
      UInt64((lambda + complete) * ratio - count)
    }
  }

  /// Wei, JASA 1977: w_u = alpha + beta (N - n_u); all 1 when all would be 0.
  package static func wei(_ counts: [Int], alpha: Int, beta: Int) -> [UInt64] {
    let total = counts.reduce(0, +)
    let weights = counts.map { UInt64(alpha + beta * (total - $0)) }
    return weights.allSatisfy { $0 == 0 } ? weights.map { _ in 1 } : weights
  }
}
