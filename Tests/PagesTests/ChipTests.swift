import Markup
import Pages
import Testing

struct ChipTests {
  @Test(arguments: [
    (Chip.ready, "ready", ChipTone.good), (.dueToday, "due today", .due),
    (.due(daysLeft: 6), "due, 6 days left", .due), (.due(daysLeft: 1), "due, 1 day left", .due),
    (.overdue(days: 3), "overdue 3 days", .bad), (.overdue(days: 1), "overdue 1 day", .bad),
    (.inProgress, "in progress", .calm), (.submitted, "submitted", .good),
    (.query(2), "query 2", .due), (.answered, "answered", .good), (.verified, "verified", .good),
    (.signed, "signed", .good), (.locked, "locked", .off), (.missed, "missed", .bad),
    (.waiting("Dr. X"), "waiting for Dr. X", .due), (.notDue, "not due", .off),
    (.booked("14:00"), "booked 14:00", .calm), (.done, "done", .good),
  ])
  func `a chip says its state in words that can be read alone`(
    chip: Chip, words: String, tone: ChipTone
  ) {
    #expect(chip.words == words)
    #expect(chip.tone == tone)
  }
}
