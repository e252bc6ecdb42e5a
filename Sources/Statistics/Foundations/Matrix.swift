/// A dense matrix, row by row.
public struct Matrix: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  var values: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = Array(repeating: 0, count: rows * columns)
  }

  /// A matrix from its rows, all of the same length.
  public init(_ rows: [[Double]]) {
    self.rows = rows.count
    columns = rows.first?.count ?? 0
    values = rows.flatMap { $0 }
    precondition(values.count == self.rows * columns)
  }

  /// The element of a row and a column.
  @inline(__always)
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The rows as lists.
  public var lists: [[Double]] {
    (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }

  /// The product with a vector.
  func times(_ vector: [Double]) -> [Double] {
    (0..<rows).map { row in
      var sum = 0.0
      for column in 0..<columns { sum += values[row * columns + column] * vector[column] }
      return sum
    }
  }

  /// The rows as columns.
  var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// vᵀ A v.
  func quadratic(_ vector: [Double]) -> Double {
    zip(vector, times(vector)).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// The factor L of a symmetric positive definite matrix A = L Lᵀ.
struct Cholesky {
  let size: Int
  private(set) var lower: [Double]

  /// - Throws: `modelNotIdentified` when a pivot vanishes against its diagonal element.
  init(_ matrix: Matrix) throws(StatisticsRefusal) {
    size = matrix.rows
    lower = matrix.values
    for column in 0..<size {
      var pivot = lower[column * size + column]
      let scale = pivot
      for inner in 0..<column { pivot -= square(lower[column * size + inner]) }
      guard pivot > 1e-12 * scale, pivot > 0 else { throw .modelNotIdentified }
      let root = sqrt(pivot)
      lower[column * size + column] = root
      for row in column + 1..<max(size, column + 1) {
        var sum = lower[row * size + column]
        for inner in 0..<column {
          sum -= lower[row * size + inner] * lower[column * size + inner]
        }
        lower[row * size + column] = sum / root
      }
      for above in 0..<column { lower[above * size + column] = 0 }
    }
  }

  /// log det A.
  var logDeterminant: Double {
    var sum = 0.0
    for index in 0..<size { sum += 2 * log(lower[index * size + index]) }
    return sum
  }

  /// L⁻¹ b.
  func forward(_ vector: [Double]) -> [Double] {
    var result = vector
    for row in 0..<size {
      var sum = result[row]
      for inner in 0..<row { sum -= lower[row * size + inner] * result[inner] }
      result[row] = sum / lower[row * size + row]
    }
    return result
  }

  /// A⁻¹ b.
  func solve(_ vector: [Double]) -> [Double] { solveTransposed(forward(vector)) }

  /// L⁻ᵀ b.
  func solveTransposed(_ vector: [Double]) -> [Double] {
    var result = vector
    for row in (0..<size).reversed() {
      var sum = result[row]
      for inner in row + 1..<max(size, row + 1) {
        sum -= lower[inner * size + row] * result[inner]
      }
      result[row] = sum / lower[row * size + row]
    }
    return result
  }

  /// A⁻¹.
  func inverse() -> Matrix {
    var result = Matrix(rows: size, columns: size)
    for column in 0..<size {
      var unit = Array(repeating: 0.0, count: size)
      unit[column] = 1
      let solved = solve(unit)
      for row in 0..<size { result[row, column] = solved[row] }
    }
    return result
  }
}
