/// The log partial likelihood with its gradient and observed information.
struct PartialLikelihood {
  struct Value {
    var value: Double
    var gradient: [Double]
    var information: Matrix
  }

  /// Participants of one stratum, latest time first, with centred covariates.
  private struct Row {
    var time: Double
    var isEvent: Bool
    var covariates: [Double]
  }

  private let strata: [[Row]]
  private let size: Int
  private let ties: TiesMethod

  init(
    _ times: [SurvivalTime], _ covariates: [[Double]], _ labels: [String]?, _ ties: TiesMethod
  ) {
    size = covariates[0].count
    self.ties = ties
    let count = Double(times.count)
    let centre = (0..<size).map { column in
      CompensatedSum(covariates.lazy.map { $0[column] }).value / count
    }
    let labels = labels ?? Array(repeating: "", count: times.count)
    let rows = times.indices.map { index in
      Row(
        time: times[index].time, isEvent: times[index].isEvent,
        covariates: zip(covariates[index], centre).map { $0 - $1 })
    }
    strata = Set(labels).sorted().map { label in
      let members = rows.indices.filter { labels[$0] == label }
      return members.map { rows[$0] }.sorted(by: Self.precedes)
    }
  }

  /// A full order on rows, so that sums do not depend on how rows arrived.
  private static func precedes(_ one: Row, _ two: Row) -> Bool {
    if one.time != two.time { return one.time > two.time }
    if one.isEvent != two.isEvent { return one.isEvent }
    return one.covariates.lexicographicallyPrecedes(two.covariates)
  }

  func evaluate(_ beta: [Double]) -> Value {
    var value = Value(
      value: 0, gradient: Array(repeating: 0, count: size),
      information: Matrix(rows: size, columns: size))
    for rows in strata {
      switch ties {
      case .efron, .breslow: addApproximate(rows, beta, &value)
      case .exact: addExact(rows, beta, &value)
      }
    }
    return value
  }

  private func addApproximate(_ rows: [Row], _ beta: [Double], _ value: inout Value) {
    var risk = Moments(size)
    var index = 0
    while index < rows.count {
      let time = rows[index].time
      var tied = Moments(size)
      var events = 0
      while index < rows.count, rows[index].time == time {
        let row = rows[index]
        let linear = dot(row.covariates, beta)
        let weight = exp(linear)
        risk.add(row.covariates, weight)
        if row.isEvent {
          events += 1
          tied.add(row.covariates, weight)
          value.value += linear
          for column in 0..<size { value.gradient[column] += row.covariates[column] }
        }
        index += 1
      }
      for event in 0..<events {
        let share: Double
        switch ties {
        case .efron: share = Double(event) / Double(events)
        case .breslow, .exact: share = 0
        }
        subtract(risk.less(tied, share), &value)
      }
    }
  }

  /// Takes off log Σ w, its gradient, and adds the variance of the covariates in the risk set.
  private func subtract(_ risk: Moments, _ value: inout Value) {
    value.value -= log(risk.weight)
    let mean = risk.first.map { $0 / risk.weight }
    for row in 0..<size {
      value.gradient[row] -= mean[row]
      for column in 0..<size {
        value.information[row, column] +=
          risk.second[row * size + column] / risk.weight - mean[row] * mean[column]
      }
    }
  }

  /// The sum over all sets of d participants at risk, built up one participant at a time.
  private func addExact(_ rows: [Row], _ beta: [Double], _ value: inout Value) {
    var index = 0
    while index < rows.count {
      let time = rows[index].time
      var end = index
      var events = 0
      while end < rows.count, rows[end].time == time {
        if rows[end].isEvent {
          events += 1
          value.value += dot(rows[end].covariates, beta)
          for column in 0..<size { value.gradient[column] += rows[end].covariates[column] }
        }
        end += 1
      }
      if events > 0 { subtract(subsets(rows[..<end], events, beta), &value) }
      index = end
    }
  }

  private func subsets(_ rows: ArraySlice<Row>, _ count: Int, _ beta: [Double]) -> Moments {
    var sums = (0...count).map { _ in Moments(size) }
    sums[0].weight = 1
    for row in rows {
      let weight = exp(dot(row.covariates, beta))
      for chosen in stride(from: count, to: 0, by: -1) {
        sums[chosen].add(sums[chosen - 1], extendedBy: row.covariates, weight)
      }
    }
    return sums[count]
  }

  private func dot(_ one: [Double], _ two: [Double]) -> Double {
    var sum = 0.0
    for index in one.indices { sum += one[index] * two[index] }
    return sum
  }
}

/// Σw, Σwx and Σwxxᵀ.
private struct Moments {
  var weight = 0.0
  var first: [Double]
  var second: [Double]

  init(_ size: Int) {
    first = Array(repeating: 0, count: size)
    second = Array(repeating: 0, count: size * size)
  }

  mutating func add(_ x: [Double], _ w: Double) {
    let size = x.count
    weight += w
    for row in 0..<size {
      first[row] += w * x[row]
      for column in 0..<size { second[row * size + column] += w * x[row] * x[column] }
    }
  }

  func less(_ other: Moments, _ share: Double) -> Moments {
    if share == 0 { return self }
    var result = self
    result.weight -= share * other.weight
    for index in first.indices { result.first[index] -= share * other.first[index] }
    for index in second.indices { result.second[index] -= share * other.second[index] }
    return result
  }

  /// Adds the moments of sets that gain one member: x of a set is the sum over its members.
  mutating func add(_ sets: Moments, extendedBy x: [Double], _ w: Double) {
    let size = x.count
    weight += w * sets.weight
    for row in 0..<size {
      first[row] += w * (sets.first[row] + sets.weight * x[row])
      for column in 0..<size {
        second[row * size + column] +=
          w
          * (sets.second[row * size + column] + sets.first[row] * x[column]
            + x[row] * sets.first[column] + sets.weight * x[row] * x[column])
      }
    }
  }
}
