# what is built here
