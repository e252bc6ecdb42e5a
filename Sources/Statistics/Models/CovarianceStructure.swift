/// How the visits of one participant vary together.
public enum CovarianceStructure: Sendable {
  /// Every variance and covariance free.
  case unstructured
  /// A variance per visit, one correlation.
  case heterogeneousCompoundSymmetry
  /// A variance per visit, one correlation per distance of visits.
  case heterogeneousToeplitz
  /// One variance, correlation ρ to the power of the distance.
  case autoregressive

  func parameterCount(_ visits: Int) -> Int {
    switch self {
    case .unstructured: visits * (visits + 1) / 2
    case .heterogeneousCompoundSymmetry: visits + 1
    case .heterogeneousToeplitz: 2 * visits - 1
    case .autoregressive: 2
    }
  }

  /// Parameters with the given variances and correlation one half.
  func start(_ variances: [Double]) -> [Double] {
    let visits = variances.count
    let logs = variances.map { 0.5 * log($0) }
    switch self {
    case .unstructured:
      return CovarianceElements(visits).pairs.map { row, column in
        row == column ? variances[row] : 0.5 * sqrt(variances[row] * variances[column])
      }
    case .heterogeneousCompoundSymmetry: return logs + [0.5]
    case .heterogeneousToeplitz: return logs + Array(repeating: 0.5, count: visits - 1)
    case .autoregressive: return [logs.reduce(0, +) / Double(visits), 0.5]
    }
  }

  /// The covariance matrix at parameters: elements, or log standard deviations then correlations.
  func matrix(_ theta: [Double], _ visits: Int) -> Matrix {
    var matrix = Matrix(rows: visits, columns: visits)
    for (index, pair) in CovarianceElements(visits).pairs.enumerated() {
      let value: Double
      switch self {
      case .unstructured: value = theta[index]
      case .heterogeneousCompoundSymmetry, .heterogeneousToeplitz, .autoregressive:
        value = scale(theta, pair, visits) * correlation(theta, pair, visits)
      }
      matrix[pair.0, pair.1] = value
      matrix[pair.1, pair.0] = value
    }
    return matrix
  }

  /// The derivative of every element by every parameter, element by element.
  func jacobian(_ theta: [Double], _ visits: Int) -> Matrix {
    let pairs = CovarianceElements(visits).pairs
    var jacobian = Matrix(rows: pairs.count, columns: theta.count)
    for (element, pair) in pairs.enumerated() {
      switch self {
      case .unstructured: jacobian[element, element] = 1
      case .heterogeneousCompoundSymmetry, .heterogeneousToeplitz, .autoregressive:
        for parameter in theta.indices {
          jacobian[element, parameter] = derivative(theta, pair, visits, parameter)
        }
      }
    }
    return jacobian
  }

  /// The second derivative of an element by two parameters.
  func second(
    _ theta: [Double], _ pair: (Int, Int), _ visits: Int, _ one: Int, _ two: Int
  ) -> Double {
    switch self {
    case .unstructured: return 0
    case .heterogeneousCompoundSymmetry, .heterogeneousToeplitz, .autoregressive: break
    }
    let scales = scaleCount(visits)
    let size = scale(theta, pair, visits)
    if one < scales && two < scales {
      return multiplicity(pair, one, visits) * multiplicity(pair, two, visits) * size
        * correlation(theta, pair, visits)
    }
    if one >= scales && two >= scales {
      return one == two ? size * correlationSlopes(theta, pair, visits, one).second : 0
    }
    let (ofScale, ofCorrelation) = one < scales ? (one, two) : (two, one)
    return multiplicity(pair, ofScale, visits) * size
      * correlationSlopes(theta, pair, visits, ofCorrelation).first
  }

  private func derivative(
    _ theta: [Double], _ pair: (Int, Int), _ visits: Int, _ parameter: Int
  ) -> Double {
    let size = scale(theta, pair, visits)
    if parameter < scaleCount(visits) {
      return multiplicity(pair, parameter, visits) * size * correlation(theta, pair, visits)
    }
    return size * correlationSlopes(theta, pair, visits, parameter).first
  }

  private func scaleCount(_ visits: Int) -> Int {
    switch self {
    case .unstructured, .heterogeneousCompoundSymmetry, .heterogeneousToeplitz: visits
    case .autoregressive: 1
    }
  }

  /// How often a log standard deviation enters an element.
  private func multiplicity(_ pair: (Int, Int), _ parameter: Int, _ visits: Int) -> Double {
    if scaleCount(visits) == 1 { return 2 }
    return (pair.0 == parameter ? 1 : 0) + (pair.1 == parameter ? 1 : 0)
  }

  private func scale(_ theta: [Double], _ pair: (Int, Int), _ visits: Int) -> Double {
    if scaleCount(visits) == 1 { return exp(2 * theta[0]) }
    return exp(theta[pair.0] + theta[pair.1])
  }

  private func correlation(_ theta: [Double], _ pair: (Int, Int), _ visits: Int) -> Double {
    let lag = abs(pair.0 - pair.1)
    if lag == 0 { return 1 }
    switch self {
    case .unstructured: return 1
    case .heterogeneousCompoundSymmetry: return theta[visits]
    case .heterogeneousToeplitz: return theta[visits + lag - 1]
    case .autoregressive: return pow(theta[1], Double(lag))
    }
  }

  private func correlationSlopes(
    _ theta: [Double], _ pair: (Int, Int), _ visits: Int, _ parameter: Int
  ) -> (first: Double, second: Double) {
    let lag = abs(pair.0 - pair.1)
    if lag == 0 { return (0, 0) }
    switch self {
    case .unstructured: return (0, 0)
    case .heterogeneousCompoundSymmetry: return (1, 0)
    case .heterogeneousToeplitz: return (parameter == visits + lag - 1 ? 1 : 0, 0)
    case .autoregressive:
      let h = Double(lag)
      return (
        h * pow(theta[1], h - 1), lag == 1 ? 0 : h * (h - 1) * pow(theta[1], h - 2)
      )
    }
  }
}

/// The elements on and below the diagonal of a covariance matrix, row by row.
struct CovarianceElements {
  let pairs: [(Int, Int)]

  init(_ visits: Int) {
    pairs = (0..<visits).flatMap { row in (0...row).map { (row, $0) } }
  }
}
