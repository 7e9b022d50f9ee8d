CREATE SUBSCRIPTION changed CONNECTION 'host=near' PUBLICATION a WITH (connect = false);
CREATE SUBSCRIPTION secret CONNECTION 'password=''sec ond'' host = far' PUBLICATION b, a WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION moved CONNECTION 'host=near password=second' PUBLICATION a WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION undeclared CONNECTION 'postgresql://me:third@far/db?password=fourth&p%61ssword=fifth' PUBLICATION a WITH (connect = false, slot_name = NONE);
