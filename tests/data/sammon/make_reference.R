# Where MASS::sammon ends. Called by make_reference.py: Rscript make_reference.R DATA COLUMNS START OUT
# (raw little-endian float32, row-major).
arguments <- commandArgs(TRUE)
rows <- function(path, columns) {
  matrix(readBin(path, "numeric", file.size(path) / 4, 4, endian = "little"), ncol = columns, byrow = TRUE)
}
x <- rows(arguments[1], as.integer(arguments[2]))
map <- MASS::sammon(dist(x), y = rows(arguments[3], 2), k = 2, niter = 10000, tol = 1e-12, trace = FALSE)
writeBin(as.vector(t(map$points)), arguments[4], 8, "little")
cat("MASS::sammon's own stress", map$stress, "\n")
