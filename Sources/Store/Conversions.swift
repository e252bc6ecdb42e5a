import Postgres
import StudyModel

extension UTCInstant {
  init(_ instant: Instant) {
    self.init(microsecondsSince1970: instant.microsecondsSince1970)
  }

  var value: SQLValue { .instant(Instant(microsecondsSince1970: microsecondsSince1970)) }
}

extension Row {
  func text(_ index: Int) throws(StoreError) -> String { try read(index) }
  func optionalText(_ index: Int) throws(StoreError) -> String? { try read(index) }
  func int(_ index: Int) throws(StoreError) -> Int { try read(index) }
  func int64(_ index: Int) throws(StoreError) -> Int64 { try read(index) }
  func optionalInt64(_ index: Int) throws(StoreError) -> Int64? { try read(index) }
  func bool(_ index: Int) throws(StoreError) -> Bool { try read(index) }
  func bytes(_ index: Int) throws(StoreError) -> [UInt8] { try read(index) }
  func optionalBytes(_ index: Int) throws(StoreError) -> [UInt8]? { try read(index) }
  func texts(_ index: Int) throws(StoreError) -> [String] { try read(index) }

  func instant(_ index: Int) throws(StoreError) -> UTCInstant {
    let instant: Instant = try read(index)
    return UTCInstant(instant)
  }

  func optionalInstant(_ index: Int) throws(StoreError) -> UTCInstant? {
    let instant: Instant? = try read(index)
    return instant.map(UTCInstant.init)
  }

  private func read<T: ColumnDecodable>(_ index: Int) throws(StoreError) -> T {
    do {
      return try get(index)
    } catch {
      throw StoreError(error)
    }
  }
}
