# Writes the lines of the migrations named as arguments (NNNN-name.sql) as C.
BEGIN {
	print "/* Made from db/migrations by embed.awk. */"
	print "#include \"migrate.h\""
	print "#include \"base/base.h\""
}
FNR == 1 {
	if (NR > 1)
		print "\tNULL\n};"
	n = split(FILENAME, path, "/")
	name = path[n]
	sub(/\.sql$/, "", name)
	number = substr(name, 1, 4) + 0
	table = table sprintf("\t{ %d, \"%s\", lines_%d },\n", number, name,
	    number)
	printf "\nstatic const char *const lines_%d[] = {\n", number
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	print "\t\"" $0 "\\n\","
}
END {
	print "\tNULL\n};\n"
	print "const struct migration migrations[] = {"
	printf "%s", table
	print "};"
	print "const size_t migration_count = COUNT(migrations);"
}
