import StudyExchange
import StudyModel
import Testing

/// Samples damaged at random: read or refused with a sentence, never a crash.
@Suite struct MutatedFileTests {
  /// Knuth's constants; only the upper bits are used.
  private struct Draws {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  private static let small = [
    ("odm-1.3.2/test_odm_002.xml", 600), ("odm-1.3.2/equipoise-minimal-snapshot.xml", 600),
    ("odm-2.0/Demographics_RACE_check_all_that_apply.xml", 250),
    ("odm-2.0/Crossover_Studydesign.xml", 150), ("redcap/pycap-simple-project.xml", 300),
    ("redcap/dictionary.csv", 400), ("odm-1.3.2/openedc-example-metadata.xml", 60),
  ]

  private static let pieces = [
    "<", ">", "&", "\"", "'", "[", "]", "(", ")", ",", "|", "=", "\n", "\u{0}", "é", "^",
    "OID=\"\"",
    "Repeating=\"Yes\"", "</ItemDef>", "[x]", " and ", "if(", "datediff(", "99999999999999999999",
  ]

  @Test(arguments: small.indices)
  func `a damaged file is read or refused, never a crash`(_ index: Int) throws {
    let (name, rounds) = Self.small[index]
    let original = try Samples.bytes(name)
    var draws = Draws(state: UInt64(2026 + index))
    var (read, refused) = (0, 0)
    for _ in 0..<rounds {
      var bytes = original
      for _ in 0...draws.next(3) {
        guard !bytes.isEmpty else { break }
        let place = draws.next(bytes.count)
        let end = min(bytes.count, place + 1 + draws.next(40))
        switch draws.next(5) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes[place] = UInt8(draws.next(256))
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: draws.next(bytes.count))
        case 3: bytes = Array(bytes.prefix(place))
        default:
          bytes.insert(
            contentsOf: Array(Self.pieces[draws.next(Self.pieces.count)].utf8), at: place)
        }
      }
      do throws(ExchangeRefusal) {
        let draft = try StudyImport(bytes, name: "damaged")
        read += 1
        // A draft is never silent: it reads again, or its faults are told.
        #expect(draft.study != nil || !draft.report.faults.isEmpty)
      } catch {
        refused += 1
        #expect(error.sentence.hasSuffix("."), "\(error)")
      }
    }
    #expect(read > 0 && refused > 0, "\(name): \(read) read, \(refused) refused")
  }
}
