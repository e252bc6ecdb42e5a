# A rival's task in R: seconds of processor time per evaluation, then the values to compare.
# Rscript statistics.R TASK REPEATS [FILE]
arguments <- commandArgs(trailingOnly = TRUE)
task <- arguments[1]
repeats <- as.integer(arguments[2])
told <- function(seconds, values) {
  cat(formatC(c(seconds, values), digits = 15, format = "g"), sep = " ")
  cat("\n")
}
timed <- function(work) {
  invisible(work())
  clock <- proc.time()
  for (round in seq_len(repeats)) value <- work()
  spent <- proc.time() - clock
  told((spent[["user.self"]] + spent[["sys.self"]]) / repeats, value)
}
quietly <- function(package) suppressMessages(suppressWarnings(library(package, character.only = TRUE)))

if (task == "bounds") {
  quietly("rpact")
  timed(function() getDesignGroupSequential(typeOfDesign = "asOF", kMax = 5, alpha = 0.025, sided = 1)$criticalValues)
} else if (task == "interim") {
  quietly("rpact")
  # It tells its progress on the output, which would be read as values.
  setLogLevel("DISABLED")
  design <- getDesignGroupSequential(typeOfDesign = "asOF", informationRates = c(0.4, 0.7, 1), alpha = 0.025, sided = 1)
  data <- getDataset(n1 = c(40, 30, 30), n2 = c(40, 30, 30), events1 = c(23, 18, 17), events2 = c(20, 15, 16))
  timed(function() getAnalysisResults(design, data, thetaH0 = -0.1, directionUpper = TRUE)$finalPValues[3])
} else if (task == "simulation") {
  quietly("rpact")
  design <- getDesignGroupSequential(typeOfDesign = "asOF", kMax = 3, alpha = 0.025, sided = 1)
  runs <- repeats
  clock <- proc.time()
  found <- getSimulationRates(design, thetaH0 = -0.1, pi1 = 0.5, pi2 = 0.45, plannedSubjects = c(200, 400, 600),
    maxNumberOfIterations = runs, directionUpper = TRUE, seed = 1)
  spent <- proc.time() - clock
  told((spent[["user.self"]] + spent[["sys.self"]]) / runs, found$overallReject)
} else if (task == "mmrm") {
  quietly("nlme")
  rows <- read.csv(arguments[3])
  rows$VISIT <- factor(rows$VISIT)
  rows$ARM <- relevel(factor(rows$ARM), ref = "ECT")
  rows$place <- as.integer(rows$VISIT)
  timed(function() {
    fit <- gls(CHG ~ ARM * VISIT + BASE * VISIT, data = rows, method = "REML",
      correlation = corSymm(form = ~ place | ID), weights = varIdent(form = ~ 1 | VISIT))
    last <- paste0("ARMKAP:VISIT", tail(levels(rows$VISIT), 1))
    c(coef(fit)[["ARMKAP"]] + coef(fit)[[last]], -2 * as.numeric(logLik(fit)))
  })
} else if (task == "survival") {
  quietly("survival")
  rows <- read.csv(arguments[3])
  rows$ARM <- relevel(factor(rows$ARM), ref = "ECT")
  timed(function() {
    curve <- survfit(Surv(TIME, EVENT) ~ ARM, data = rows)
    test <- survdiff(Surv(TIME, EVENT) ~ ARM + strata(SITE), data = rows)
    fit <- coxph(Surv(TIME, EVENT) ~ ARM + strata(SITE), data = rows, ties = "efron")
    c(coef(fit)[["ARMKAP"]], test$chisq)
  })
} else {
  stop("no such task")
}
