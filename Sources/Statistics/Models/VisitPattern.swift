/// The participants who have the same visits, with the sums over them that no covariance changes.
///
/// The design rows of a participant's visits are stacked into one vector z, each with only those columns that
/// somebody of the pattern has at that visit. Σ z zᵀ and Σ z yᵀ then serve every step of the search.
struct VisitPattern {
  /// The visits, in order.
  let visits: [Int]
  /// How many participants.
  let count: Int
  /// The column of the design of every element of z.
  let columns: [Int]
  /// The visit of every element of z, by its place in `visits`.
  let places: [Int]
  /// What is not zero in Σ z zᵀ, on and below the diagonal.
  let products: [Product]
  /// Σ z yᵀ.
  private let moments: Matrix
  /// Σ z zᵀ needs no participant; residuals do, since differences of sums would lose digits.
  private let designs: [Double]
  private let outcomes: [Double]

  /// One element of Σ z zᵀ.
  struct Product {
    var row: Int
    var column: Int
    var value: Double
    /// The place of the row's visit times the number of visits, plus that of the column's visit.
    var places: Int
  }

  /// The patterns of a table in the order of their visits, participants in the order of their keys.
  /// - Throws: `parameterOutOfRange` when a participant has a visit twice.
  static func all(
    of rows: [RepeatedMeasure], _ design: VisitDesign
  ) throws(StatisticsRefusal) -> [VisitPattern] {
    let numbers = Dictionary(
      uniqueKeysWithValues: design.visits.enumerated().map { ($1, $0) })
    var people: [String: [(visit: Int, row: Int)]] = [:]
    for (index, row) in rows.enumerated() {
      people[row.participant, default: []].append((numbers[row.visit] ?? 0, index))
    }
    var groups: [[Int]: [[Int]]] = [:]
    for key in people.keys.sorted() {
      let own = (people[key] ?? []).sorted { $0.visit < $1.visit }
      guard zip(own, own.dropFirst()).allSatisfy({ $0.visit < $1.visit }) else {
        throw .parameterOutOfRange
      }
      groups[own.map(\.visit), default: []].append(own.map(\.row))
    }
    return groups.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { visits in
      VisitPattern(visits, groups[visits] ?? [], rows, design)
    }
  }

  private init(
    _ visits: [Int], _ members: [[Int]], _ rows: [RepeatedMeasure], _ design: VisitDesign
  ) {
    let full = members.map { member in
      zip(member, visits).map { design.row(rows[$0], visit: $1) }
    }
    var columns: [Int] = []
    var places: [Int] = []
    for place in visits.indices {
      for column in 0..<design.columns where full.contains(where: { $0[place][column] != 0 }) {
        columns.append(column)
        places.append(place)
      }
    }
    let size = columns.count
    var designs: [Double] = []
    designs.reserveCapacity(size * members.count)
    for member in full {
      for (column, place) in zip(columns, places) { designs.append(member[place][column]) }
    }
    let outcomes = members.flatMap { $0.map { rows[$0].outcome } }
    var sums = Array(repeating: 0.0, count: size * size)
    var moments = Matrix(rows: size, columns: visits.count)
    for member in members.indices {
      for row in 0..<size {
        let left = designs[member * size + row]
        if left == 0 { continue }
        for column in 0...row {
          sums[row * size + column] += left * designs[member * size + column]
        }
        for visit in visits.indices {
          moments[row, visit] += left * outcomes[member * visits.count + visit]
        }
      }
    }
    products = (0..<size).flatMap { row in
      (0...row).compactMap { column in
        let value = sums[row * size + column]
        return value == 0
          ? nil
          : Product(
            row: row, column: column, value: value,
            places: places[row] * visits.count + places[column])
      }
    }
    self.visits = visits
    count = members.count
    self.columns = columns
    self.places = places
    self.designs = designs
    self.outcomes = outcomes
    self.moments = moments
  }

  /// Adds Σ XᵀWX and Σ XᵀWy.
  func addNormal(_ weight: Matrix, to normal: inout Matrix, _ moment: inout [Double]) {
    for product in products {
      let value = weight.values[product.places] * product.value
      let (row, column) = (columns[product.row], columns[product.column])
      normal[row, column] += value
      if product.row != product.column { normal[column, row] += value }
    }
    for row in columns.indices {
      var sum = 0.0
      for visit in visits.indices { sum += weight[places[row], visit] * moments[row, visit] }
      moment[columns[row]] += sum
    }
  }

  /// Σ r rᵀ by visits, and Σ z rᵀ.
  func residuals(_ coefficients: [Double]) -> (squares: Matrix, cross: Matrix) {
    let (size, width) = (columns.count, visits.count)
    let own = columns.map { coefficients[$0] }
    var squares = Matrix(rows: width, columns: width)
    var cross = Matrix(rows: size, columns: width)
    var residual = Array(repeating: 0.0, count: width)
    for member in 0..<count {
      for visit in 0..<width { residual[visit] = outcomes[member * width + visit] }
      for element in 0..<size {
        residual[places[element]] -= designs[member * size + element] * own[element]
      }
      for one in 0..<width {
        for two in 0...one { squares.values[one * width + two] += residual[one] * residual[two] }
      }
      for element in 0..<size {
        let factor = designs[member * size + element]
        if factor == 0 { continue }
        for visit in 0..<width { cross.values[element * width + visit] += factor * residual[visit] }
      }
    }
    for one in 0..<width {
      for two in 0..<one { squares[two, one] = squares[one, two] }
    }
    return (squares, cross)
  }

  /// Σ X C Xᵀ by visits.
  func spread(_ covariance: Matrix) -> Matrix {
    let width = visits.count
    var result = Matrix(rows: width, columns: width)
    for product in products {
      let value = product.value * covariance[columns[product.row], columns[product.column]]
      result.values[product.places] += value
      if product.row != product.column {
        result[places[product.column], places[product.row]] += value
      }
    }
    return result
  }

  /// Σ (Xs)(Xs)ᵀ by visits, and Σ z (Xs)ᵀ, of coefficients s.
  func images(_ coefficients: [Double]) -> (squares: Matrix, cross: Matrix) {
    let width = visits.count
    let own = columns.map { coefficients[$0] }
    var cross = Matrix(rows: columns.count, columns: width)
    for product in products {
      cross[product.row, places[product.column]] += product.value * own[product.column]
      if product.row != product.column {
        cross[product.column, places[product.row]] += product.value * own[product.row]
      }
    }
    var squares = Matrix(rows: width, columns: width)
    for element in own.indices {
      for visit in 0..<width {
        squares[places[element], visit] += own[element] * cross[element, visit]
      }
    }
    return (squares, cross)
  }
}
